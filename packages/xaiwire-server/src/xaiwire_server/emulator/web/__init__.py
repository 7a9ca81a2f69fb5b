"""What the port serves to browsers and to `curl`: contents, the page, the control API, Connect."""
