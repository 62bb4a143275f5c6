"""The embedded ECS: services and tasks of the API, run as processes on this machine."""
