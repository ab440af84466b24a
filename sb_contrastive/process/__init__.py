"""What a process is to those around it: how it was started, who reads its output, and what it leaves behind."""
