"""What pages share: the frame, the palette, safe text, the job panel, charts, the sample card."""
