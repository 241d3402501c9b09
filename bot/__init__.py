"""Sellerbot: dated, cited answers to Amazon sellers' policy questions."""
