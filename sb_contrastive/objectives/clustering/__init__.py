"""Objectives whose crops are given to the same clusters."""
