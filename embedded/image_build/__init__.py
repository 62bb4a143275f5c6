"""Images from Dockerfiles, without a container runtime: files, settings, and the packages that pip is asked for."""
