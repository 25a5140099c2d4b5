# SPDX-License-Identifier: BSD-2-Clause
# cmake -DFOLDER=... -DOUTPUT=... -P embed.cmake: puts the page together and
# writes it as a C array, cut in two where the data goes.
file(READ ${FOLDER}/page.html page)
set(style "")
foreach(file vendor/uPlot.min.css style.css)
	file(READ ${FOLDER}/${file} part)
	string(APPEND style "${part}")
endforeach()
set(script "")
file(READ ${FOLDER}/vendor/LICENSE.uPlot licence) # is to go with every copy, and a page is one
string(APPEND script "/*\n${licence}*/\n")
foreach(file vendor/uPlot.iife.min.js format.js charts.js messages.js page.js)
	file(READ ${FOLDER}/${file} part)
	string(APPEND script "${part}\n")
endforeach()

# Bytes, so that nothing in the files means anything to CMake or C.
function(to_bytes name text)
	string(HEX "${text}" hex)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
	string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
	set(${name} "${bytes}" PARENT_SCOPE)
endfunction()

string(FIND "${page}" "@STYLE@" style_at)
string(FIND "${page}" "@DATA@" data_at)
string(FIND "${page}" "@SCRIPT@" script_at)
string(SUBSTRING "${page}" 0 ${style_at} before_style)
math(EXPR from "${style_at} + 7")
math(EXPR size "${data_at} - ${from}")
string(SUBSTRING "${page}" ${from} ${size} before_data)
math(EXPR from "${data_at} + 6")
math(EXPR size "${script_at} - ${from}")
string(SUBSTRING "${page}" ${from} ${size} before_script)
math(EXPR from "${script_at} + 8")
string(SUBSTRING "${page}" ${from} -1 after_script)

to_bytes(head "${before_style}${style}${before_data}")
to_bytes(tail "${before_script}${script}${after_script}")
file(WRITE ${OUTPUT} "/* Made from the files in correlator/page/assets/. */
#include \"correlator/page/template.h\"

static const char head[] = {
${head}};
static const char tail[] = {
${tail}};

const struct template_part template_head = { head, sizeof(head) };
const struct template_part template_tail = { tail, sizeof(tail) };
")
