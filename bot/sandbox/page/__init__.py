"""The sandbox's web page: what a person sees and does in Slack, drawn on the server from the sandbox's world."""
