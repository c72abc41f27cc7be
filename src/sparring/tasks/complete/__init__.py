"""tasks/complete"""
