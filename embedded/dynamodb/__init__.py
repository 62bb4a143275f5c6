"""The embedded DynamoDB: moto's, made atomic and durable."""
