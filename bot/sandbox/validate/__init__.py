"""What Slack would refuse: blocks, elements, composition objects, views and whole messages, with its error codes."""
