"""Forms in which others write a record: NENA's EIDO, and the site's work order."""
