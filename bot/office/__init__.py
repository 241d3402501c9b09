"""The office around the desk: takes work in, keeps it, has it answered, remembers threads, settings and opinions.

It knows teams, channels, threads and people by their ids alone; how they are reached is the medium's business.
"""
