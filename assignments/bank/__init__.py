"""The questions of the exam bank, a module for each chapter: ``c11_lstm``."""
