"""Parts that keep an output folder true: one run at a time, and a record of what trained each stage and from what."""
