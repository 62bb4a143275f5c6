"""What a stage costs a month on AWS, computed before anything is applied."""
