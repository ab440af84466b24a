"""Who is trained on, validated on and tested on."""
