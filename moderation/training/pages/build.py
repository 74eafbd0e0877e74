"""The families of pages, one table, and the build that turns them into pages."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

from moderation.training.pages import (
    bought_blocks,
    clean_blocks,
    clean_hidden,
    clean_lists,
    clean_script,
    clean_subjects,
    clean_text,
    cloaked,
    doorway,
    hacked,
    hidden,
    injected,
    link_blocks,
    spliced,
)
from moderation.training.pages.draft import Draft, compose
from moderation.training.pages.material import Desk, Library
from moderation.training.pages.page import Page, check

_TURNS = ("train", "test", "train", "dev", "test", "train")
"""The split of a family's first page, of its second, and so on round."""


@dataclass(frozen=True, slots=True)
class Family:
    """A way to build pages. One that is `unseen` stands in `test_unseen` alone."""

    name: str
    group: str
    builder: Callable[[Desk], Draft]
    pages: int = 5
    unseen: bool = False


FAMILIES: tuple[Family, ...] = (
    Family("injected.plain", "abusive", injected.plain, 10),
    Family("injected.single_fragment", "abusive", injected.single_fragment, unseen=True),
    Family("injected.source_page", "abusive", injected.source_page, 10),
    Family("injected.three_keywords", "abusive", injected.three_keywords, 6),
    Family("injected.whole_page_traditional", "abusive", injected.whole_page_traditional, 6),
    Family("injected.pinyin_residue", "abusive", injected.pinyin_residue, 6),
    Family("injected.sprinkled_title", "abusive", injected.sprinkled_title, unseen=True),
    Family("hacked.mirror_with_residue", "abusive", hacked.mirror_with_residue, 8),
    Family("hacked.mirror_clean", "abusive", hacked.mirror_clean, unseen=True),
    Family("hacked.title_only", "abusive", hacked.title_only),
    Family("hacked.cinema_line", "abusive", hacked.cinema_line),
    Family("hacked.prefix_enumeration", "abusive", hacked.prefix_enumeration, unseen=True),
    Family("hacked.random_tags", "abusive", hacked.random_tags),
    Family("hacked.new_post", "abusive", hacked.new_post),
    Family("spliced.phrase_in_sentence", "abusive", spliced.phrase_in_sentence),
    Family("spliced.simplified_in_traditional", "abusive", spliced.simplified_in_traditional, unseen=True),
    Family("spliced.tag_word_after_paragraph", "abusive", spliced.tag_word_after_paragraph),
    Family("spliced.sitebuilder_paragraph", "abusive", spliced.sitebuilder_paragraph),
    Family("spliced.glued_title", "abusive", spliced.glued_title),
    Family("spliced.stitched_sections", "abusive", spliced.stitched_sections, unseen=True),
    Family("spliced.deformed_contacts", "abusive", spliced.deformed_contacts),
    Family("spliced.interleaved_articles", "abusive", spliced.interleaved_articles, 6),
    Family("spliced.comment_spam", "abusive", spliced.comment_spam, unseen=True),
    Family("doorway.loan", "abusive", doorway.loan),
    Family("doorway.clinic_city", "abusive", doorway.clinic_city),
    Family("doorway.surrogacy", "abusive", doorway.surrogacy, unseen=True),
    Family("doorway.diploma", "abusive", doorway.diploma),
    Family("doorway.seo_service", "abusive", doorway.seo_service),
    Family("doorway.escort_city", "abusive", doorway.escort_city),
    Family("doorway.recovery", "abusive", doorway.recovery, unseen=True),
    Family("doorway.gossip_brand", "abusive", doorway.gossip_brand),
    Family("doorway.number_plan", "abusive", doorway.number_plan, unseen=True),
    Family("doorway.sports_brand", "abusive", doorway.sports_brand),
    Family("doorway.lottery_farm", "abusive", doorway.lottery_farm),
    Family("doorway.lottery_question", "abusive", doorway.lottery_question),
    Family("doorway.slot_review", "abusive", doorway.slot_review),
    Family("doorway.brand_before_title", "abusive", doorway.brand_before_title, 6),
    Family("doorway.wrapped_query", "abusive", doorway.wrapped_query, 8),
    Family("doorway.wrapped_title", "abusive", doorway.wrapped_title),
    Family("doorway.gallery_by_url", "abusive", doorway.gallery_by_url, unseen=True),
    Family("doorway.download_fraud", "abusive", doorway.download_fraud),
    Family("doorway.trade_page", "abusive", doorway.trade_page, 6),
    Family("doorway.fraud_page", "abusive", doorway.fraud_page),
    Family("doorway.casino_page", "abusive", doorway.casino_page),
    Family("doorway.explicit_page", "abusive", doorway.explicit_page),
    Family("doorway.wrapped_phrase", "abusive", doorway.wrapped_phrase),
    Family("doorway.query_over_donor", "abusive", doorway.query_over_donor, 6),
    Family("doorway.thin_question", "abusive", doorway.thin_question),
    Family("link_blocks.side_list", "abusive", link_blocks.side_list),
    Family("link_blocks.foot_table", "abusive", link_blocks.foot_table),
    Family("link_blocks.marquee", "abusive", link_blocks.marquee, unseen=True),
    Family("link_blocks.comma_text", "abusive", link_blocks.comma_text),
    Family("link_blocks.footer_links", "abusive", link_blocks.footer_links),
    Family("link_blocks.head_links", "abusive", link_blocks.head_links, unseen=True),
    Family("link_blocks.poisoned_friends", "abusive", link_blocks.poisoned_friends),
    Family("link_blocks.repeated_anchor", "abusive", link_blocks.repeated_anchor),
    Family("link_blocks.city_services", "abusive", link_blocks.city_services),
    Family("link_blocks.long_sidebar", "abusive", link_blocks.long_sidebar),
    Family("bought_blocks.private_servers", "abusive", bought_blocks.private_servers),
    Family("bought_blocks.money_friends", "abusive", bought_blocks.money_friends),
    Family("bought_blocks.paper_and_pills", "abusive", bought_blocks.paper_and_pills, unseen=True),
    Family("bought_blocks.town_trades", "abusive", bought_blocks.town_trades),
    Family("bought_blocks.mixed_trades", "abusive", bought_blocks.mixed_trades),
    Family("bought_blocks.casino_copyright", "abusive", bought_blocks.casino_copyright),
    Family("bought_blocks.simplified_on_traditional", "abusive", bought_blocks.simplified_on_traditional),
    Family("bought_blocks.between_paragraphs", "abusive", bought_blocks.between_paragraphs),
    Family("bought_blocks.one_among_friends", "abusive", bought_blocks.one_among_friends),
    Family("bought_blocks.one_in_ranking", "abusive", bought_blocks.one_in_ranking),
    Family("bought_blocks.own_folder", "abusive", bought_blocks.own_folder, unseen=True),
    Family("bought_blocks.comment_links", "abusive", bought_blocks.comment_links),
    Family("bought_blocks.bare_domains", "abusive", bought_blocks.bare_domains),
    Family("bought_blocks.sold_beside_blogroll", "abusive", bought_blocks.sold_beside_blogroll),
    Family("hidden.display_none", "abusive", hidden.display_none),
    Family("hidden.off_screen", "abusive", hidden.off_screen),
    Family("hidden.zero_font", "abusive", hidden.zero_font),
    Family("hidden.zero_height", "abusive", hidden.zero_height),
    Family("hidden.same_colour", "abusive", hidden.same_colour),
    Family("hidden.opacity", "abusive", hidden.opacity, unseen=True),
    Family("hidden.visibility", "abusive", hidden.visibility),
    Family("hidden.text_indent", "abusive", hidden.text_indent),
    Family("hidden.clipped", "abusive", hidden.clipped, unseen=True),
    Family("hidden.noscript", "abusive", hidden.noscript),
    Family("hidden.hidden_attribute", "abusive", hidden.hidden_attribute),
    Family("hidden.marquee_height", "abusive", hidden.marquee_height, unseen=True),
    Family("hidden.class_in_head", "abusive", hidden.class_in_head),
    Family("hidden.document_write", "abusive", hidden.document_write),
    Family("hidden.nested_comments", "abusive", hidden.nested_comments, unseen=True),
    Family("hidden.descendant_class", "abusive", hidden.descendant_class),
    Family("hidden.inherited_colour", "abusive", hidden.inherited_colour),
    Family("hidden.script_hides", "abusive", hidden.script_hides),
    Family("hidden.own_doorways", "abusive", hidden.own_doorways, unseen=True),
    Family("hidden.keyword_paragraph", "abusive", hidden.keyword_paragraph),
    Family("cloaked.meta_disagrees", "abusive", cloaked.meta_disagrees),
    Family("cloaked.entity_title", "abusive", cloaked.entity_title),
    Family("cloaked.escaped_title", "abusive", cloaked.escaped_title, unseen=True),
    Family("cloaked.referrer_script", "abusive", cloaked.referrer_script),
    Family("cloaked.referrer_encoded", "abusive", cloaked.referrer_encoded),
    Family("cloaked.meta_refresh", "abusive", cloaked.meta_refresh),
    Family("cloaked.user_agent_test", "abusive", cloaked.user_agent_test),
    Family("cloaked.special_characters", "abusive", cloaked.special_characters),
    Family("cloaked.image_texts", "abusive", cloaked.image_texts),
    Family("cloaked.loaded_script", "abusive", cloaked.loaded_script),
    Family("cloaked.deep_codes", "abusive", cloaked.deep_codes),
    Family("cloaked.phone_redirect", "abusive", cloaked.phone_redirect),
    Family("cloaked.script_redirect", "abusive", cloaked.script_redirect),
    Family("cloaked.frame_over_page", "abusive", cloaked.frame_over_page),
    Family("cloaked.open_graph", "abusive", cloaked.open_graph),
    Family("cloaked.script_title", "abusive", cloaked.script_title),
    Family("cloaked.structured_data", "abusive", cloaked.structured_data, unseen=True),
    Family("cloaked.hidden_heading", "abusive", cloaked.hidden_heading),
    Family("clean_blocks.related_posts", "hard", clean_blocks.related_posts),
    Family("clean_blocks.click_ranking", "hard", clean_blocks.click_ranking),
    Family("clean_blocks.portal_friends", "hard", clean_blocks.portal_friends),
    Family("clean_blocks.tag_cloud", "hard", clean_blocks.tag_cloud),
    Family("clean_blocks.directory", "hard", clean_blocks.directory),
    Family("clean_blocks.awesome_list", "hard", clean_blocks.awesome_list),
    Family("clean_blocks.site_map", "hard", clean_blocks.site_map, unseen=True),
    Family("clean_blocks.branch_cities", "hard", clean_blocks.branch_cities),
    Family("clean_blocks.news_channel", "hard", clean_blocks.news_channel),
    Family("clean_blocks.question_list", "hard", clean_blocks.question_list),
    Family("clean_blocks.police_column", "hard", clean_blocks.police_column, unseen=True),
    Family("clean_blocks.game_column", "hard", clean_blocks.game_column),
    Family("clean_blocks.novel_column", "hard", clean_blocks.novel_column),
    Family("clean_blocks.sponsored", "hard", clean_blocks.sponsored),
    Family("clean_blocks.references", "hard", clean_blocks.references, unseen=True),
    Family("clean_blocks.comments", "hard", clean_blocks.comments),
    Family("clean_blocks.archive_page", "hard", clean_blocks.archive_page),
    Family("clean_blocks.plain", "plain", clean_blocks.plain, 30),
    Family("clean_blocks.delicate_donor", "hard", clean_blocks.delicate_donor),
    Family("clean_lists.partners", "hard", clean_lists.partners),
    Family("clean_lists.blogrolls", "hard", clean_lists.blogrolls),
    Family("clean_lists.authorities", "hard", clean_lists.authorities, unseen=True),
    Family("clean_lists.hospital_departments", "hard", clean_lists.hospital_departments),
    Family("clean_lists.university_sites", "hard", clean_lists.university_sites),
    Family("clean_lists.shop_categories", "hard", clean_lists.shop_categories),
    Family("clean_lists.city_stations", "hard", clean_lists.city_stations),
    Family("clean_lists.own_trades", "hard", clean_lists.own_trades),
    Family("clean_lists.foreign_sources", "hard", clean_lists.foreign_sources),
    Family("clean_lists.press_review", "hard", clean_lists.press_review, unseen=True),
    Family("clean_lists.honest_comments", "hard", clean_lists.honest_comments),
    Family("clean_lists.site_footer", "hard", clean_lists.site_footer),
    Family("clean_lists.named_sites", "hard", clean_lists.named_sites, unseen=True),
    Family("clean_lists.game_forum", "hard", clean_lists.game_forum),
    Family("clean_lists.paid_links", "hard", clean_lists.paid_links),
    Family("clean_hidden.dropdown_menu", "hard", clean_hidden.dropdown_menu),
    Family("clean_hidden.mobile_menu", "hard", clean_hidden.mobile_menu),
    Family("clean_hidden.tabs", "hard", clean_hidden.tabs),
    Family("clean_hidden.modal", "hard", clean_hidden.modal),
    Family("clean_hidden.skip_links", "hard", clean_hidden.skip_links),
    Family("clean_hidden.screen_reader_text", "hard", clean_hidden.screen_reader_text),
    Family("clean_hidden.lazy_template", "hard", clean_hidden.lazy_template),
    Family("clean_hidden.noscript_image", "hard", clean_hidden.noscript_image),
    Family("clean_hidden.cookie_banner", "hard", clean_hidden.cookie_banner),
    Family("clean_hidden.accordion", "hard", clean_hidden.accordion, unseen=True),
    Family("clean_hidden.logo_replacement", "hard", clean_hidden.logo_replacement),
    Family("clean_hidden.carousel", "hard", clean_hidden.carousel, unseen=True),
    Family("clean_hidden.honeypot", "hard", clean_hidden.honeypot, unseen=True),
    Family("clean_hidden.notice_marquee", "hard", clean_hidden.notice_marquee),
    Family("clean_hidden.print_only", "hard", clean_hidden.print_only),
    Family("clean_hidden.counter_script", "hard", clean_hidden.counter_script),
    Family("clean_hidden.packed_script", "hard", clean_hidden.packed_script),
    Family("clean_hidden.moved_page", "hard", clean_hidden.moved_page),
    Family("clean_hidden.phone_version", "hard", clean_hidden.phone_version, unseen=True),
    Family("clean_hidden.friends_tab", "hard", clean_hidden.friends_tab),
    Family("clean_hidden.share_box", "hard", clean_hidden.share_box),
    Family("clean_hidden.app_download", "hard", clean_hidden.app_download),
    Family("clean_hidden.gapless_list", "hard", clean_hidden.gapless_list),
    Family("clean_hidden.white_on_picture", "hard", clean_hidden.white_on_picture),
    Family("clean_hidden.folded_text", "hard", clean_hidden.folded_text),
    Family("clean_hidden.public_dropdown", "hard", clean_hidden.public_dropdown),
    Family("clean_hidden.utility_classes", "hard", clean_hidden.utility_classes),
    Family("clean_hidden.adverts_by_script", "hard", clean_hidden.adverts_by_script, unseen=True),
    Family("clean_script.statistics", "hard", clean_script.statistics),
    Family("clean_script.search_terms", "hard", clean_script.search_terms),
    Family("clean_script.packed_theme", "hard", clean_script.packed_theme),
    Family("clean_script.own_redirects", "hard", clean_script.own_redirects),
    Family("clean_script.crawler_courtesy", "hard", clean_script.crawler_courtesy),
    Family("clean_script.title_blink", "hard", clean_script.title_blink),
    Family("clean_script.honest_cards", "hard", clean_script.honest_cards),
    Family("clean_script.site_wide_meta", "hard", clean_script.site_wide_meta),
    Family("clean_script.entity_page", "hard", clean_script.entity_page),
    Family("clean_script.embedded_frame", "hard", clean_script.embedded_frame),
    Family("clean_script.shown_code", "hard", clean_script.shown_code),
    Family("clean_text.hacked_tutorial", "hard", clean_text.hacked_tutorial),
    Family("clean_text.police_brands", "hard", clean_text.police_brands),
    Family("clean_text.sexual_health", "hard", clean_text.sexual_health),
    Family("clean_text.novel", "hard", clean_text.novel),
    Family("clean_text.lottery_results", "hard", clean_text.lottery_results),
    Family("clean_text.merge_servers", "hard", clean_text.merge_servers, unseen=True),
    Family("clean_text.seo_tutorial", "hard", clean_text.seo_tutorial),
    Family("clean_text.fraud_warning", "hard", clean_text.fraud_warning),
    Family("clean_text.leaflet", "hard", clean_text.leaflet),
    Family("clean_text.product", "hard", clean_text.product),
    Family("clean_text.long_notice", "hard", clean_text.long_notice),
    Family("clean_text.glued_numbers", "hard", clean_text.glued_numbers),
    Family("clean_text.raw_markdown", "hard", clean_text.raw_markdown, unseen=True),
    Family("clean_text.casino_business", "hard", clean_text.casino_business, unseen=True),
    Family("clean_text.film_review", "hard", clean_text.film_review),
    Family("clean_text.court_report", "hard", clean_text.court_report, unseen=True),
    Family("clean_text.traditional_page", "hard", clean_text.traditional_page),
    Family("clean_text.odd_form", "hard", clean_text.odd_form),
    Family("clean_text.hidden_code", "hard", clean_text.hidden_code),
    Family("clean_text.clean_mirror", "hard", clean_text.clean_mirror),
    Family("clean_text.converted_page", "hard", clean_text.converted_page, unseen=True),
    Family("clean_text.hongkong_taiwan", "hard", clean_text.hongkong_taiwan),
    Family("clean_text.anti_copy_noise", "hard", clean_text.anti_copy_noise),
    Family("clean_text.portal_picture_notes", "hard", clean_text.portal_picture_notes, unseen=True),
    Family("clean_text.doubled_heading", "hard", clean_text.doubled_heading),
    Family("clean_text.reprint_note", "hard", clean_text.reprint_note),
    Family("clean_text.honest_contact", "hard", clean_text.honest_contact),
    Family("clean_text.matching_meta", "hard", clean_text.matching_meta),
    Family("clean_text.numbered_sections", "hard", clean_text.numbered_sections),
    Family("clean_subjects.money", "hard", clean_subjects.money),
    Family("clean_subjects.chance", "hard", clean_subjects.chance),
    Family("clean_subjects.body", "hard", clean_subjects.body),
    Family("clean_subjects.service", "hard", clean_subjects.service),
    Family("clean_subjects.review", "hard", clean_subjects.review),
    Family("clean_subjects.advice", "hard", clean_subjects.advice),
    Family("clean_subjects.short_answer", "hard", clean_subjects.short_answer),
    Family("clean_subjects.download", "hard", clean_subjects.download),
    Family("clean_subjects.pictures", "hard", clean_subjects.pictures),
    Family("clean_subjects.question_page", "hard", clean_subjects.question_page),
)


def build(seed: int, library: Library | None = None, families: Collection[str] | None = None) -> list[Page]:
    """Every page of the families (all, unless named), checked. The same seed and library give the same pages.

    Each page draws from a stream of its own, so that a new family or page moves no other.
    """
    library = library or Library.load()
    pages = []
    for family in FAMILIES:
        if families is None or family.name in families:
            pages += [_page(family, number, seed, library) for number in range(family.pages)]
    return pages


def draw(seed: int, number: int, split: str = "train", library: Library | None = None) -> list[Page]:
    """`number` pages of every family that is not unseen, all from the material of one split: to fit models on."""
    library = library or Library.load()
    chosen = [family for family in FAMILIES if not family.unseen]
    return [_drawn(family, f"{split}{turn:03}", split, seed, library) for family in chosen for turn in range(number)]


def _page(family: Family, number: int, seed: int, library: Library) -> Page:
    split = "test_unseen" if family.unseen else _TURNS[number % len(_TURNS)]
    return _drawn(family, f"{number:02}", split, seed, library)


def _drawn(family: Family, number: str, split: str, seed: int, library: Library) -> Page:
    identifier = f"{family.name}-{number}"
    desk = Desk(library, split, random.Random(f"{seed} {identifier}"))
    page = compose(family.builder(desk), desk, identifier=identifier, family=family.name, group=family.group)
    check(page)
    return page
