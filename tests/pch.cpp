// Carries the precompiled header that every test binary reuses.
