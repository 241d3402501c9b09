"""A strict look-alike of Slack on 127.0.0.1: the Web API, Socket Mode, signed HTTP delivery and a control API.

It is written from Slack's documented behaviour, never from what our own bot sends, and knows nothing of the bot.
"""
