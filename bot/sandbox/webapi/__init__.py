"""The Web API: reading a call, who makes it, what it may do, and the methods, which are entered by importing them."""

from bot.sandbox.webapi import assistants, auth, chat, conversations, files, marks, people, streams, views

__all__ = ["assistants", "auth", "chat", "conversations", "files", "marks", "people", "streams", "views"]
