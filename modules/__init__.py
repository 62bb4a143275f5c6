"""Terraform modules, each with the CDKTF construct that wraps it beside it."""
