"""What somebody who searches asks for."""
