"""What the answers of the API are held against."""
