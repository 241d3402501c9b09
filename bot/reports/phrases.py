"""What the reader says to people, in both languages."""

from __future__ import annotations

from bot.rulebook.models import Language

_PHRASES: dict[str, tuple[str, str]] = {
    # why a file is no report, and what to do
    "empty": ("the file is empty (0 bytes of text); download the report again", "文件是空的；请重新下载报告"),
    "missing": ("there is no such file", "找不到这个文件"),
    "unreadable": ("the file can't be opened: {why}", "文件打不开：{why}"),
    "too_large": (
        "the file has {size} MB, the limit is {limit} MB; download a shorter period or split it",
        "文件有 {size} MB，上限是 {limit} MB；请下载更短的时间段或拆分",
    ),
    "too_many_rows": (
        "the file has more than {limit} rows, which is the limit; download a shorter period or split it",
        "文件超过 {limit} 行的上限；请下载更短的时间段或拆分",
    ),
    "too_many_columns": (
        "the file has {count} columns; no Seller Central report is that wide. Download the report again",
        "文件有 {count} 列，没有这么宽的卖家平台报告；请重新下载",
    ),
    "picture": (
        "this is a picture ({kind}), whatever its name says; upload the report as .csv, .txt or .xlsx",
        "这是图片（{kind}），与文件名无关；请上传 .csv、.txt 或 .xlsx 格式的报告",
    ),
    "pdf": ("this is a PDF; download the report as .csv, .txt or .xlsx", "这是 PDF；请下载 .csv、.txt 或 .xlsx 格式的报告"),
    "web_page": (
        "this is a web page, probably the sign-in page instead of the report; sign in to Seller Central and download again",
        "这是网页，多半是把登录页存成了报告；请登录卖家平台后重新下载",
    ),
    "old_excel": (
        "this is an old .xls workbook; save it as .xlsx or .csv",
        "这是旧版 .xls 工作簿；请另存为 .xlsx 或 .csv",
    ),
    "password": (
        "this workbook is protected by a password; remove the password and upload it again",
        "这个工作簿有密码保护；请去掉密码后重新上传",
    ),
    "macros": (
        "this workbook holds macros and is not opened; save it as .xlsx (without macros) or .csv",
        "这个工作簿含有宏，不予打开；请另存为 .xlsx（无宏）或 .csv",
    ),
    "damaged": (
        "the file is damaged or was cut off while downloading; download it again",
        "文件已损坏或下载不完整；请重新下载",
    ),
    "bomb": (
        "unpacked, the file would grow to {size} MB, far more than a report (limit {limit} MB); it is not opened",
        "解压后会膨胀到 {size} MB，远超正常报告（上限 {limit} MB），不予打开",
    ),
    "archive_empty": ("the archive holds no report file", "压缩包里没有报告文件"),
    "archive_nested": (
        "this is an archive inside an archive; unpack it and upload what is in it",
        "这是压缩包里的压缩包；请解压后上传其中的文件",
    ),
    "archive_locked": ("the archive is protected by a password; unpack it first", "压缩包有密码；请先解压"),
    "binary": (
        "this is no text, workbook or archive; upload the report as .csv, .txt or .xlsx",
        "这不是文本、工作簿或压缩包；请上传 .csv、.txt 或 .xlsx 格式的报告",
    ),
    "api_error": (
        "this is an error message from Amazon's interface ({code}), not a report; request the report again",
        "这是亚马逊接口的报错（{code}），不是报告；请重新请求报告",
    ),
    "no_data": (
        "the file only says that there is no data; choose another period or marketplace and download again",
        "文件只写着没有数据；请换时间段或站点后重新下载",
    ),
    "unknown_document": (
        "this {kind} is no account health report, the only one read in that form",
        "这个 {kind} 不是账户状况报告（这种格式只支持它）",
    ),
    "unknown": (
        "no known report has these headings; say which report it is, or see `sellerbot template` for layouts of own tables",
        "没有哪种已知报告有这样的表头；请说明这是什么报告，自制表格的格式见 `sellerbot template`",
    ),
    "not_that": (
        "it lacks the columns of {title}: {columns}",
        "它缺少《{title}》的列：{columns}",
    ),
    "not_that_yet": (
        "as {title} it lacks {columns}; say which of its headings are what: {missed}",
        "要作为《{title}》，还缺 {columns}；请说明这些表头分别是哪一列：{missed}",
    ),
    # why a line was not kept
    "row_wide": ("has {cells} cells, the header has {width}", "有 {cells} 格，表头只有 {width} 格"),
    "row_short": (
        "is cut off before {column} ({cells} of {width} cells)",
        "在 {column} 之前被截断（{width} 格中只有 {cells} 格）",
    ),
    "row_slipped": (
        "has something else where {column} belongs; its cells have slipped, or it is the rest of the line before",
        "{column} 处不是编号；该行错位，或是上一行的残余",
    ),
    "row_header": ("repeats the header", "重复了表头"),
    "row_total": ("is a total, not a row of data", "是合计行，不是数据"),
    "row_footer": ("stands after the table and belongs to something else", "在表格之后，属于其他内容"),
    "row_long_cell": ("has a cell of {length} characters (limit {limit})", "有一格长达 {length} 字符（上限 {limit}）"),
    "row_quote": ("opens a quotation mark that is never closed", "引号没有闭合"),
    # what should be known about a file that was read
    "note_padded": ("{count} rows lacked trailing blank cells and were filled up", "{count} 行缺少末尾的空格子，已补齐"),
    "note_lossy": (
        "characters that could not be read were replaced; the file was damaged before it came here",
        "有无法识别的字符，已替换；文件在上传前就已损坏",
    ),
    "note_cut": ("the file ends in the middle of a line; it may be incomplete", "文件在一行中间结束，可能不完整"),
    "note_scientific": (
        "{column}: a spreadsheet turned values into scientific notation that can't be restored ({count}); "
        "use the original download",
        "{column} 有 {count} 个值被表格软件变成了科学计数，无法还原；请用原始下载文件",
    ),
    "note_zeros": (
        "{count} product ids are too short: a spreadsheet has probably dropped leading zeros; use the original download",
        "{count} 个商品编码位数不足，多半被表格软件去掉了前导零；请用原始下载文件",
    ),
    "note_long_text": (
        "texts are cut at 32,767 characters, a spreadsheet's limit",
        "有文本在 32,767 字符处被截断（表格软件的上限）",
    ),
    "note_unreadable": (
        "{column}: values that can't be read as {type} count as unknown ({count})",
        "{column} 有 {count} 个值无法识别为{type}，按未知处理",
    ),
    "note_ambiguous_number": (
        "{column}: values such as {example} may be thousands or decimals; they count as unknown. Use the original download",
        "{column}：{example} 这样的值分不清千位还是小数，按未知处理；请用原始下载文件",
    ),
    "note_ambiguous_date": (
        "{column}: dates such as {example} were read as {order}; nothing in the file says which comes first",
        "{column}：{example} 这样的日期按{order}读取，文件里看不出先后",
    ),
    "note_mapping": ("headings taken as: {mapping}", "表头对应：{mapping}"),
    "note_left_out": (
        "columns left out, because nothing says what they are: {headings}",
        "以下列含义不明，未使用：{headings}",
    ),
    "note_sheet": ("read from the sheet {name}", "读取的工作表：{name}"),
    "note_other_sheets": (
        "not read, though they look like reports too: the sheets {names}; upload them as files of their own if they count",
        "以下工作表看起来也是报告，但未读取：{names}；如需要，请另存为单独的文件上传",
    ),
    "note_before": (
        "taken as the earlier state of {file}, for comparison only",
        "作为 {file} 的上一版，仅用于对比",
    ),
    "note_repeated": ("{count} rows are also in {file} and count once", "{count} 行与 {file} 重复，只计一次"),
    "note_no_rows": ("the report has no rows: nothing to report is a valid answer", "报告没有数据行：空报告也是有效结果"),
    "type_number": ("a number", "数字"),
    "type_ratio": ("a number", "数字"),
    "type_integer": ("a whole number", "整数"),
    "type_time": ("a date", "日期"),
    "day_first": ("day/month", "日/月"),
    "month_first": ("month/day", "月/日"),
}


def say(phrase: str, language: Language, **values: object) -> str:
    """The phrase named `phrase` in `language` with `values` filled in."""
    english, chinese = _PHRASES[phrase]
    return (chinese if language == "zh" else english).format(**values)
