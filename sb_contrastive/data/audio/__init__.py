"""Audio files: headers, reading, checks, conversion, silence."""
