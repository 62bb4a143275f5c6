"""The settings of the command line: what one run was asked to do, and whether its folders can be used."""
