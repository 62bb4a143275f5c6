"""Module and construct `site_distribution`: HTTPS in front of the private bucket of the website and of the API."""
