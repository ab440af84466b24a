"""The page of a run: `report.html`, one file with tables, charts and audio that needs
no network."""

from sb_contrastive.report_page.page import PAGE, write_comparison, write_page
from sb_contrastive.report_page.run_folder import has_run

__all__ = ["PAGE", "has_run", "write_comparison", "write_page"]
