"""The control plane on disk: all that the API made, DynamoDB's items aside, outlives the process that made it."""
