"""The embedded AWS: what TARGET=local deploys to, on loopback and in one background process."""
