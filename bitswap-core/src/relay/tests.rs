//! Budgets, the shelf and the ends of passed-on wants.
