"""SQLAlchemy behind bot.ports: engine, tables, repositories and migrations."""
