"""The Shopify tap of kpitaps."""
