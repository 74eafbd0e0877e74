from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from news.models import Article

HEALTH = """体检报告上写着“肺小结节”，不必惊慌。绝大多数小于六毫米的结节是良性的，医生通常建议一年后复查低剂量 CT。

长期吸烟、有肺癌家族史或接触过石棉的人，应当从五十岁起每年筛查一次。检查前无需空腹，全程不到五分钟。

如果结节在随访中变大，或者出现磨玻璃样改变，请到胸外科或呼吸科就诊，由医生判断是否需要穿刺。"""

ADVERTISEMENT = (
    "代开各类发票，正规可查，先开票后付款，加薇❤信：fp８８６６kai，秒回。"
    "无抵押贷款，黑户可做，当天下款，详询 QQ⑧⑧⑥⑥⑧⑧。"
)

# The screen shows these names and not the titles: nobody should have to read them to see what happened.
ARTICLES = {
    "a medical article": ("肺结节筛查：哪些人应该做低剂量 CT", HEALTH),
    "an explicit title in keyword style over the same text": ("国产精品久久久久人妻_亚洲无码中文字幕_91在线", HEALTH),
    "an advertisement injected into the same text": (
        "肺结节复查要多久做一次",
        HEALTH.replace("\n\n", f"\n\n{ADVERTISEMENT}\n\n", 1),
    ),
}


class Command(BaseCommand):
    help = "Try to publish three articles and print what the gate says of each."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        for name, (title, body) in ARTICLES.items():
            article = Article(title=title, body=body)
            article.publish()
            rules = ", ".join(reason["rule"] for reason in (article.verdict or {}).get("reasons", []))
            self.stdout.write(f"{article.status:<10} {name}")
            for line in (article.moderation_note, rules and f"rules: {rules}"):
                if line:
                    self.stdout.write(f"           {line}")
