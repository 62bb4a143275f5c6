"""Module and construct `alarms`: alarms on the services, and a dashboard."""
