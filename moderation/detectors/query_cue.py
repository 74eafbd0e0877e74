"""Words that tell what a text does with its subject: sells it, warns of it, reports or treats it, or only talks.

Single words decide nothing. Each kind is counted per length and read together with everything else.
"""

from __future__ import annotations

import re

WARNS = (
    "警方 民警 公安 派出所 诈骗 骗局 受骗 被骗 上当 涉嫌 涉案 抓获 捣毁 查获 判处 判决 法院 检察 被告 违法 犯罪 举报 谨防 警惕"
    " 切勿 勿信 提醒 处罚 监管 禁止 依法 反诈 打击 年化 砍头息 避坑 套路 赌瘾 戒赌 维权 追究 罚款 不得 合规 风险提示"
).split()
TREATS = (
    "医生 医师 就诊 就医 复查 复诊 门诊 症状 感染 药物 遵医嘱 副作用 科室 医保 用药 诊断 剂量 指征 并发症 适应症 筛查 超声 处方 术后"
    " 激素 病史 妊娠 避孕"
).split()
REPORTS = (
    "记者 本报讯 通报 公告 日前 近日 昨日 昨天 据介绍 负责人 本期 第一季度 发布会 导演 演员 镜头 小说 作者 剧本 摄影 读者 译本 展览 版本"
    " 修复 教程 安装 代码 比赛 球队 联赛 主场 单注奖金 公益金 兑奖"
).split()
SELLS = (
    "套餐 一条龙 包过 包邮 先验 先看 后付 付款 尾款 定金 押金 到付 保密 当天 秒到 秒批 秒下 秒出 下款 放款 额度 无需 不查 不看 不用"
    " 注册 首存 彩金 返水 优惠 立即 点击 客服 咨询 预约 名额 代理 批发 现货 一手 上门 一对一 导师 稳赚 必中 连中 胜率 准确率 成功率"
    " 通过率 有效率 退款 不成功 满意 老客户 可验 发货 接单 全程 内部 渠道 返佣 提成 日结 进群 充值 提现 到账 首选 专业 试玩 官网 平台"
    " 免费观看 在线播放 在线观看 收藏本站 永不 每日更新 会员 价格表 费用 长期 办理 团队"
).split()
CLICHES = (
    "网友 热议 文化现象 现象 深层 背后 承载 折射 港湾 避风港 方舟 狂欢 反思 总之 总而言之 综上所述 让我们 愿我们 愿你 愿每 共同"
    " 美好 期待 拭目以待 首先 其次 最后 究竟 带你 一文 据统计 调查显示 数据显示 研究显示 报告显示 受访者 专家 业内人士 学者 赋能"
    " 多元 理性 喧嚣 内心 时代 不仅 更是 意义 情感 治愈 口碑 评论区 无论如何 温馨提示"
).split()
REACHES = "微信 薇信 加薇 加v v信 威信 微❤ 扣扣 qq 电报 飞机 纸飞机 telegram 暗号 私聊 私信 客服 扫码 热线 联系方式 电话".split()
INSTITUTION = re.compile(
    r"公司|集团|律师|事务所|学院|大学|学校|小学|中学|幼儿园|医院|保健院|卫生院|政府|[局厅]$|委员会|协会|研究[所院]|法院|工厂|制造"
    r"|设备|机械|检测|银行|图书馆|博物馆|商会|基金会|街道|社区|物业|酒店|建材|电缆|阀门"
)
OFFICIAL_HOST = re.compile(r"\.(?:gov|edu|mil|ac|org)(?:\.[a-z]{2})?$|\.gov")
EXPLICIT_PATH = re.compile(
    r"(?:^|[/\-_.])(?:porn|porno|pornpic|hentai|nudes|sexpics?|sexvideos?|avpian|milf|adult-?pics?|seqing|xxx)(?:[/\-_.]|$)"
    r"|-sex\.s?html?$|/nude/|/sex/(?:pics?|videos?|movies?)/|^/av/(?:gallery|video|pian)"
)
SPAM_PATH = re.compile(
    r"^/(?:go|ss|tags?|so|zt|hot|k|q|s)/[\w%-]+|^/tags-\d+|^/\?\w+|^/(?:plus|upload|uploads|templets|data|images|css|js)/"
)
RAW_MARKDOWN = re.compile(r"^#{1,4} ?[^\s#]|\*\*[^*\n]{2,30}\*\*|\(思考\)")
SHARE = re.compile(r"百分之[一二三四五六七八九十百零点]+|\d{2}(?:\.\d)?%|[一二三四五六七八九]成")
STITCH_MARK = re.compile(r"^\s*(?:[❶-❿➊-➓]|[㈠-㈩]|[①-⑳]|『[壹贰叁肆伍陆柒捌玖拾]』|[⒈-⒛])")
VARIANTS = re.compile(r"([\u3400-\u9fff]{2,12})\(\1[^()\n]{0,20}[,、]\1[^()\n]{0,40}\)")
STRAY_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
SPUN = (
    "研商 荣辱与共 阴碍 一样平常 能够或许 工夫要领 许多几何 体式格局 决议办法 处所 代价另 摆布 起首 抉择 良多 时辰 先容 的结果 要领 抉择不同"
    " 焦急 范畴以内 该当 乃至于 亲睦 缺乏以 出格 今朝 进修 按照"
).split()
QUESTION = re.compile(r"[吗呢?]|怎么|什么|如何|多少|哪[里家个些]|是不是|能不能|可以")


def odd_signs(text: str) -> float:
    """The share of a title's characters that are symbols: stars, arrows, emoji, brackets."""
    return sum(not (sign.isalnum() or sign.isspace() or sign in ",.!?:;-_|、。·") for sign in text) / max(len(text), 1)


def density(text: str, words: list[str]) -> float:
    """Occurrences of any of the words per hundred characters, at most four."""
    if not text:
        return 0.0
    return min(4.0, 100.0 * sum(text.count(word) for word in words) / max(len(text), 60))
