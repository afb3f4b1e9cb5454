"""Names of the points in both scripts, against the standard written out a second time, and how aliases go together.

WHO Standard Acupuncture Point Locations in the Western Pacific Region (2008, reprinted 2009) for the 361 points;
WHO's proposed nomenclature of 1991 for the 48 extra points. Where the book's type has the old forms of 俞, 青 and 清,
and at GB22 its other name 淵液, the usual form stands here.
"""

from collections import defaultdict

import pytest

from treatments.catalogue import read_auricular, read_points
from treatments.pointcodes import fold

POINTS = {point.code: point for point in read_points()}

STANDARD = {
    "LU": "中府 雲門 天府 俠白 尺澤 孔最 列缺 經渠 太淵 魚際 少商",
    "LI": """商陽 二間 三間 合谷 陽谿 偏歷 溫溜 下廉 上廉 手三里 曲池 肘髎 手五里 臂臑 肩髃 巨骨 天鼎 扶突 口禾髎
        迎香""",
    "ST": """承泣 四白 巨髎 地倉 大迎 頰車 下關 頭維 人迎 水突 氣舍 缺盆 氣戶 庫房 屋翳 膺窗 乳中 乳根 不容 承滿 梁門
        關門 太乙 滑肉門 天樞 外陵 大巨 水道 歸來 氣衝 髀關 伏兔 陰市 梁丘 犢鼻 足三里 上巨虛 條口 下巨虛 豐隆 解谿
        衝陽 陷谷 內庭 厲兌""",
    "SP": """隱白 大都 太白 公孫 商丘 三陰交 漏谷 地機 陰陵泉 血海 箕門 衝門 府舍 腹結 大橫 腹哀 食竇 天谿 胸鄉 周榮
        大包""",
    "HT": "極泉 青靈 少海 靈道 通里 陰郄 神門 少府 少衝",
    "SI": """少澤 前谷 後谿 腕骨 陽谷 養老 支正 小海 肩貞 臑俞 天宗 秉風 曲垣 肩外俞 肩中俞 天窗 天容 顴髎 聽宮""",
    "BL": """睛明 攢竹 眉衝 曲差 五處 承光 通天 絡卻 玉枕 天柱 大杼 風門 肺俞 厥陰俞 心俞 督俞 膈俞 肝俞 膽俞 脾俞
        胃俞 三焦俞 腎俞 氣海俞 大腸俞 關元俞 小腸俞 膀胱俞 中膂俞 白環俞 上髎 次髎 中髎 下髎 會陽 承扶 殷門 浮郄
        委陽 委中 附分 魄戶 膏肓 神堂 譩譆 膈關 魂門 陽綱 意舍 胃倉 肓門 志室 胞肓 秩邊 合陽 承筋 承山 飛揚 跗陽
        崑崙 僕參 申脈 金門 京骨 束骨 足通谷 至陰""",
    "KI": """湧泉 然谷 太谿 大鍾 水泉 照海 復溜 交信 築賓 陰谷 橫骨 大赫 氣穴 四滿 中注 肓俞 商曲 石關 陰都 腹通谷
        幽門 步廊 神封 靈墟 神藏 彧中 俞府""",
    "PC": "天池 天泉 曲澤 郄門 間使 內關 大陵 勞宮 中衝",
    "TE": """關衝 液門 中渚 陽池 外關 支溝 會宗 三陽絡 四瀆 天井 清冷淵 消濼 臑會 肩髎 天髎 天牖 翳風 瘈脈 顱息 角孫
        耳門 耳和髎 絲竹空""",
    "GB": """瞳子髎 聽會 上關 頷厭 懸顱 懸釐 曲鬢 率谷 天衝 浮白 頭竅陰 完骨 本神 陽白 頭臨泣 目窗 正營 承靈 腦空 風池
        肩井 淵腋 輒筋 日月 京門 帶脈 五樞 維道 居髎 環跳 風市 中瀆 膝陽關 陽陵泉 陽交 外丘 光明 陽輔 懸鍾 丘墟
        足臨泣 地五會 俠谿 足竅陰""",
    "LR": "大敦 行間 太衝 中封 蠡溝 中都 膝關 曲泉 陰包 足五里 陰廉 急脈 章門 期門",
    "CV": """會陰 曲骨 中極 關元 石門 氣海 陰交 神闕 水分 下脘 建里 中脘 上脘 巨闕 鳩尾 中庭 膻中 玉堂 紫宮 華蓋 璇璣
        天突 廉泉 承漿""",
    "GV": """長強 腰俞 腰陽關 命門 懸樞 脊中 中樞 筋縮 至陽 靈臺 神道 身柱 陶道 大椎 瘂門 風府 腦戶 強間 後頂 百會 前頂
        顖會 上星 神庭 素髎 水溝 兌端 齦交""",
    "EX-HN": "四神聰 當陽 印堂 魚腰 太陽 耳尖 球後 上迎香 內迎香 聚泉 海泉 金津 玉液 翳明 頸百勞",
    "EX-B": "定喘 夾脊 胃脘下俞 痞根 下極俞 腰宜 腰眼 十七椎 腰奇",
    "EX-CA": "子宮",
    "EX-UE": "肘尖 二白 中泉 中魁 大骨空 小骨空 腰痛點 外勞宮 八邪 四縫 十宣",
    "EX-LE": "髖骨 鶴頂 百蟲窩 內膝眼 膝眼 膽囊 闌尾 內踝尖 外踝尖 八風 獨陰 氣端",
}

# The names have 谿, 鍾 and 顖 for these; the aliases keep them as any dictionary does.
UNLIKE_THE_NAMES = set("溪钟囟")


@pytest.mark.parametrize("channel", STANDARD)
def test_the_traditional_names_of_a_channel_are_those_of_the_standard(channel):
    ours = [point.hanzi_traditional for point in POINTS.values() if point.channel == channel]
    assert ours == STANDARD[channel].split()


def characters() -> dict[str, set[str]]:
    """Simplified character -> the traditional ones that stand for it in the names of body and ear."""
    pairs = defaultdict(set)
    for point in [*POINTS.values(), *read_auricular()]:
        for simplified, traditional in zip(point.hanzi, point.hanzi_traditional, strict=True):
            pairs[simplified].add(traditional)
    return pairs


def test_a_character_has_one_traditional_form_wherever_it_stands():
    """But for 風溪 of the ear, a name of our day, which has not the 谿 of the old ones."""
    assert {one: forms for one, forms in characters().items() if len(forms) > 1} == {"溪": {"谿", "溪"}}


def test_a_traditional_character_has_one_simplified_form_wherever_it_stands():
    back = defaultdict(set)
    for simplified, forms in characters().items():
        for form in forms:
            back[form].add(simplified)
    assert {one: forms for one, forms in back.items() if len(forms) > 1} == {}


def test_an_alias_in_simplified_hanzi_is_there_in_traditional_hanzi_too():
    forms = {one: min(many) for one, many in characters().items() if one not in UNLIKE_THE_NAMES}
    alone = [
        (point.code, alias)
        for point in POINTS.values()
        for alias in point.aliases
        if not any(is_traditional_of(name, alias, forms) for name in (point.hanzi_traditional, *point.aliases))
    ]
    assert alone == []


def is_traditional_of(name: str, alias: str, forms: dict[str, str]) -> bool:
    """Whether `name` can be `alias` in traditional characters, as far as `forms` knows them."""
    return len(name) == len(alias) and all(
        forms.get(one, other) == other for one, other in zip(alias, name, strict=True)
    )


def test_an_alias_that_is_another_points_own_name_is_one_of_these():
    """Old books name two points alike: the code tells them apart, and a search shows both."""
    own = {name: point.code for point in POINTS.values() for name in (point.hanzi, point.hanzi_traditional)}
    assert {
        (alias, point.code, own[alias]) for point in POINTS.values() for alias in point.aliases if alias in own
    } == {
        ("上廉", "ST37", "LI9"),
        ("下廉", "ST39", "LI8"),
        ("中都", "HT7", "LR6"),
        ("中魁", "LI5", "EX-UE4"),
        ("冲阳", "LI20", "ST42"),
        ("衝陽", "LI20", "ST42"),
        ("天池", "CV24", "PC1"),
        ("巨髎", "TE23", "ST3"),
        ("水泉", "LR1", "KI5"),
        ("神堂", "GV23", "BL44"),
    }


def test_the_thirteen_ghost_points_are_found_by_their_ghost_names():
    """The list of Sun Simiao; LI11 has two names in it."""
    ghosts = {
        **{
            "鬼宫": "GV26",
            "鬼信": "LU11",
            "鬼垒": "SP1",
            "鬼心": "PC7",
            "鬼路": "BL62",
            "鬼枕": "GV16",
            "鬼床": "ST6",
        },
        **{
            "鬼市": "CV24",
            "鬼窟": "PC8",
            "鬼堂": "GV23",
            "鬼藏": "CV1",
            "鬼臣": "LI11",
            "鬼腿": "LI11",
            "鬼封": "EX-HN11",
        },
    }
    assert {name: code for name, code in ghosts.items() if name not in POINTS[code].aliases} == {}


def test_no_two_points_share_an_english_name():
    english = defaultdict(list)
    for point in POINTS.values():
        english[point.english].append(point.code)
    assert {name: codes for name, codes in english.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("variant", "code"),
    [("肺兪", "BL13"), ("靑靈", "HT2"), ("淸冷淵", "TE11")],
)
def test_a_name_in_the_old_type_of_whos_book_is_found(variant, code):
    assert fold(variant) == fold(POINTS[code].hanzi_traditional)


LANDMARKS = {
    "head": "hairline ear occipital midline forehead temple GV20 GV24 TE17 GB9 GB20 mastoid zygomatic",
    "face": "eye eyes eyebrow eyebrows pupil orbit nose nostril lip mouth jaw tragus tongue cheek zygomatic gum ST8",
    "neck": "neck nape throat clavicle occiput sternocleidomastoid mastoid jaw sternum suprasternal",
    "chest": "intercostal clavicle chest breast nipple sternum suprasternal",
    "upper_back": "spinous scapula scapular supraspinous infraspinous",
    "abdomen": "navel rib xiphoid",
    "lower_abdomen": "navel groin pubic iliac GB27",
    "lumbar": "spinous",
    "sacral": "sacral sacrum coccyx",
    "perineum": "perineum coccyx",
    "shoulder": "shoulder armpit scapula acromion",
    "arm": "upper",
    "elbow": "elbow olecranon epicondyle",
    "forearm": "forearm",
    "wrist": "wrist triquetrum",
    "hand": "hand thumb finger fingers palm",
    "hip": "hip buttock",
    "thigh": "thigh iliac",
    "knee": "knee popliteal patellar patella",
    "leg": "leg calf",
    "ankle": "ankle malleolus heel",
    "foot": "foot toe toes sole",
}


def test_a_location_names_a_landmark_of_its_region():
    strays = []
    for point in POINTS.values():
        words = set("".join(c if c.isalnum() else " " for c in point.location).split())
        if not words & set(LANDMARKS[point.region].split()):
            strays.append((point.code, point.region, point.location))
    assert strays == []


def test_the_zones_of_the_front_of_the_helix_lie_as_in_the_chinese_standard():
    """GB/T 13734-2008: zone 4 ends at the inferior crus of the antihelix, where zone 5 begins."""
    places = {row.code: row.location for row in read_auricular()}
    assert places["HX4"] == "On the helix in front of the inferior crus of the antihelix."
    assert places["HX5"] == "On the helix in front of the triangular fossa."
