<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Compared</name>
    <message>
        <source>last prompt token decoded</source>
        <translation>最后一个提示词元：解码</translation>
    </message>
    <message>
        <source>last prompt token prefilled</source>
        <translation>最后一个提示词元：预填充</translation>
    </message>
    <message>
        <source>prompt %1</source>
        <translation>提示 %1</translation>
    </message>
    <message>
        <source>output %1</source>
        <translation>输出 %1</translation>
    </message>
    <message>
        <source>chunk %1</source>
        <translation>分块大小 %1</translation>
    </message>
    <message>
        <source>%1 accounting</source>
        <translation>%1 统计</translation>
    </message>
    <message>
        <source>batch %1</source>
        <translation>批大小 %1</translation>
    </message>
    <message>
        <source>pages of %1</source>
        <translation>每页 %1</translation>
    </message>
    <message>
        <source>plain KV</source>
        <translation>未量化 KV</translation>
    </message>
    <message>
        <source>no index</source>
        <translation>无索引</translation>
    </message>
    <message>
        <source>%1 copies</source>
        <translation>%1 副本</translation>
    </message>
    <message>
        <source>no device</source>
        <translation>无设备</translation>
    </message>
    <message>
        <source>on %1</source>
        <translation>设备 %1</translation>
    </message>
    <message>
        <source>%1 weights</source>
        <translation>%1 权重</translation>
    </message>
    <message>
        <source>logits %1</source>
        <translation>logits %1</translation>
    </message>
    <message>
        <source>seed %1</source>
        <translation>种子 %1</translation>
    </message>
</context>
<context>
    <name>Equation</name>
    <message>
        <source>sum over %1 of </source>
        <translation>对%1求和 </translation>
    </message>
</context>
<context>
    <name>HeadsWords</name>
    <message>
        <source>Kept share at the row</source>
        <translation>该行的保留比例</translation>
    </message>
    <message>
        <source>Peak entries</source>
        <translation>峰值条目数</translation>
    </message>
    <message>
        <source>Footprint</source>
        <translation>占用</translation>
    </message>
    <message>
        <source>Retained attention mass</source>
        <translation>注意力保留率</translation>
    </message>
    <message>
        <source>Attention entropy</source>
        <translation>注意力熵</translation>
    </message>
    <message>
        <source>Entries that the stream holds at the chosen row, over the tokens so far.</source>
        <translation>所选行处该流持有的条目数，除以到此为止的词元数。</translation>
    </message>
    <message>
        <source>Most entries that the stream holds at any row.</source>
        <translation>该流在任意一行持有的条目数的最大值。</translation>
    </message>
    <message>
        <source>Entries that the stream holds, summed over all rows, over what full attention would hold.</source>
        <translation>该流持有的条目数对所有行求和，再除以完整注意力的同一个和。</translation>
    </message>
    <message>
        <source>Share of full attention&apos;s softmax that lies on resident entries, mean over rows.</source>
        <translation>完整注意力的 softmax 落在驻留条目上的比例，对行取平均。</translation>
    </message>
    <message>
        <source>How spread out the recorded attention is: mean over rows of -sum p log2 p. Low: a few keys get it all. It belongs to the trace and does not depend on the policy.</source>
        <translation>录制的注意力有多分散：-sum p log2 p 对行取平均。数值低表示少数几个键得到了全部注意力。它属于录制本身，与策略无关。</translation>
    </message>
    <message>
        <source>Kept of the tokens so far</source>
        <translation>到此为止的词元中保留的比例</translation>
    </message>
    <message>
        <source>Retained mass</source>
        <translation>注意力保留率</translation>
    </message>
    <message>
        <source>Entropy in bits</source>
        <translation>熵（比特）</translation>
    </message>
    <message>
        <source>The published closed forms know no single heads. Choose exact accounting.</source>
        <translation>论文发表的闭式公式不区分各个头。请选择精确统计。</translation>
    </message>
    <message>
        <source>This measure looks at recorded attention. Open a trace to see it.</source>
        <translation>这个量要看录制的注意力。请打开录制文件。</translation>
    </message>
    <message>
        <source>What the evicted entries would have received is not in this trace, because it was recorded while a policy evicted. Open a trace of a run with the full cache.</source>
        <translation>这个录制是在策略淘汰条目时录下的，因此不含被淘汰的条目本会得到的注意力。请打开一个完整缓存运行的录制。</translation>
    </message>
    <message>
        <source>KV head</source>
        <translation>KV 头</translation>
    </message>
    <message>
        <source>Query head</source>
        <translation>查询头</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>%1 of %2 tokens, %3</source>
        <translation>%2 个词元中的 %1 个，%3</translation>
    </message>
    <message>
        <source>%1 entries at the peak</source>
        <translation>峰值 %1 个条目</translation>
    </message>
    <message>
        <source>footprint %1</source>
        <translation>KV 占用 %1</translation>
    </message>
    <message>
        <source>%1 of the attention mass</source>
        <translation>注意力的 %1</translation>
    </message>
    <message>
        <source>%1 bits, as of %2 keys that share evenly</source>
        <translation>%1 比特，相当于 %2 个键平分注意力</translation>
    </message>
    <message>
        <source>The trace keeps no row apart, so that nothing is known.</source>
        <translation>这个录制没有单独保存任何一行，因此无从得知。</translation>
    </message>
    <message>
        <source>All %1 streams: %2 on average; %3 keep everything</source>
        <translation>全部 %1 条流：平均 %2；其中 %3 条保留全部</translation>
    </message>
    <message>
        <source>All %1 streams: %2 on average</source>
        <translation>全部 %1 条流：平均 %2</translation>
    </message>
</context>
<context>
    <name>LessonNumber</name>
    <message>
        <source>A number is expected, such as 12.5.</source>
        <translation>请填写一个数，例如 12.5。</translation>
    </message>
    <message>
        <source>A number is expected, such as 12.5, in this unit: %1.</source>
        <translation>请填写一个数，例如 12.5，单位：%1。</translation>
    </message>
    <message>
        <source>A number alone is expected, without “%1”.</source>
        <translation>只需填写一个数，不要“%1”。</translation>
    </message>
    <message>
        <source>The answer is expected in this unit: %1, not “%2”.</source>
        <translation>答案的单位应为 %1，而不是“%2”。</translation>
    </message>
    <message>
        <source>“%1” can be read in more than one way. Write it without separators of thousands, and decimals with a point.</source>
        <translation>“%1”有不止一种读法。请不要写千位分隔符，小数用点表示。</translation>
    </message>
</context>
<context>
    <name>Message</name>
    <message>
        <source>attention was recorded in blocks of rows: scores and retained mass are approximate</source>
        <translation>注意力是按行块录制的：分数和注意力保留率是近似值</translation>
    </message>
    <message>
        <source>the trace has no votes of patched chunks of this size: the last rows of the prompt voted instead; record with --side-votes for the chunk size</source>
        <translation>录制中没有这种大小的打补丁分块的投票：改由提示的最后若干行投票；请用 --side-votes 按该分块大小录制</translation>
    </message>
    <message>
        <source>rows beyond the %1 recorded ones repeat the last recorded row</source>
        <translation>录制的 %1 行之后的行重复最后录制的一行</translation>
    </message>
    <message>
        <source>bytes are those of %1; what quantisation does to the output is not modelled</source>
        <translation>字节数按 %1 计算；没有模拟量化对输出的影响</translation>
    </message>
    <message>
        <source>bytes hold the metadata of %1; which entries it selects is not simulated: all resident entries count as live</source>
        <translation>字节数包含 %1 的元数据；没有模拟它选择哪些条目：所有驻留条目都算作存活</translation>
    </message>
    <message>
        <source>every layer of %1 sees its last %2 tokens only: the policy has nothing to decide</source>
        <translation>%1 的每一层都只看最近 %2 个词元：策略没有可决定的</translation>
    </message>
    <message>
        <source>the published closed forms say nothing about single passes: times and whole memory are absent under paper accounting</source>
        <translation>论文发表的闭式公式不涉及单次前向：按论文统计时没有时间和总内存</translation>
    </message>
    <message>
        <source>the published script prefills every prompt token; last-prompt-token decode does not change its numbers</source>
        <translation>论文的脚本预填充每个提示词元；最后一个提示词元改为解码不影响它的数值</translation>
    </message>
    <message>
        <source>the policy evicted nothing that a later row could have seen: its budgets are not smaller than the context</source>
        <translation>策略没有淘汰后面的行本可看到的任何条目：它的预算不小于上下文</translation>
    </message>
    <message>
        <source>the peak of %1 does not fit into the %2 of %3</source>
        <translation>峰值 %1 放不进 %3 的 %2</translation>
    </message>
    <message>
        <source>group=none stores every KV head %1 times, once per query head: bytes count the copies, the footprint is a mean over them</source>
        <translation>group=none 把每个 KV 头存 %1 份，每个查询头一份：字节数计入这些副本，占用是它们的平均值</translation>
    </message>
    <message>
        <source>the budget of %1 tokens per stream is not below the %2 that there are: nothing is evicted</source>
        <translation>每条流 %1 个词元的预算不小于实有的 %2 个：不会淘汰任何条目</translation>
    </message>
    <message>
        <source>streaming heads were chosen by a hash of seed %1: counts hold for any choice, quality does not</source>
        <translation>流式头由种子 %1 的哈希选出：数量对任何选法都成立，效果则不然</translation>
    </message>
    <message>
        <source>the runs have different numbers of rows: footprint and peak residency are shares of different wholes</source>
        <translation>各次运行的行数不同：占用和峰值驻留率是相对于不同总量的比例</translation>
    </message>
    <message>
        <source>the models have different streams: bytes compare, entries do not</source>
        <translation>模型的流不同：字节数可比，条目数不可比</translation>
    </message>
    <message>
        <source>entries have different sizes: bytes do not compare</source>
        <translation>条目大小不同：字节数不可比</translation>
    </message>
    <message>
        <source>one counts as published, the other exactly</source>
        <translation>一个按论文统计，另一个按精确统计</translation>
    </message>
    <message>
        <source>KV types, page sizes or layouts differ: entries compare, bytes do not</source>
        <translation>KV 类型、页大小或布局不同：条目数可比，字节数不可比</translation>
    </message>
    <message>
        <source>the batches differ: entries are those of one request, bytes and times those of all</source>
        <translation>批大小不同：条目数是一个请求的，字节数和时间是所有请求的</translation>
    </message>
    <message>
        <source>the attention comes from different traces: retained mass does not compare</source>
        <translation>注意力来自不同的录制：注意力保留率不可比</translation>
    </message>
    <message>
        <source>the clocks are those of different machines</source>
        <translation>时间来自不同的机器</translation>
    </message>
    <message>
        <source>only one of the runs has a device: the other has no times and no whole memory</source>
        <translation>只有一次运行设定了设备：另一次没有时间和总内存</translation>
    </message>
    <message>
        <source>&apos;%1&apos; is no number of tokens</source>
        <translation>“%1”不是词元数</translation>
    </message>
    <message>
        <source>%1 is out of range</source>
        <translation>%1 超出范围</translation>
    </message>
    <message>
        <source>allowed: %1 to %2, as 4096, 32K or 1M; all: the whole prompt in one pass</source>
        <translation>允许 %1 到 %2，可写成 4096、32K 或 1M；all 表示一次前向读入整个提示</translation>
    </message>
    <message>
        <source>allowed: %1 to %2, as 4096, 32K or 1M</source>
        <translation>允许 %1 到 %2，可写成 4096、32K 或 1M</translation>
    </message>
    <message>
        <source>allowed: %1 to %2</source>
        <translation>允许 %1 到 %2</translation>
    </message>
    <message>
        <source>allowed: %1</source>
        <translation>允许 %1</translation>
    </message>
    <message>
        <source>&apos;%1&apos; cannot be used</source>
        <translation>“%1”不能使用</translation>
    </message>
    <message>
        <source>give a whole number from 1 to %1</source>
        <translation>请给出 1 到 %1 的整数</translation>
    </message>
    <message>
        <source>&apos;%1&apos; is no seed</source>
        <translation>“%1”不是种子</translation>
    </message>
    <message>
        <source>give a whole number from 0 to 2^64 - 1</source>
        <translation>请给出 0 到 2^64 - 1 的整数</translation>
    </message>
    <message>
        <source>%1 is &apos;%2&apos;, not a whole number</source>
        <translation>%1 为“%2”，不是整数</translation>
    </message>
    <message>
        <source>%1 is &apos;%2&apos;, not a decimal number</source>
        <translation>%1 为“%2”，不是小数</translation>
    </message>
    <message>
        <source>%1 is &apos;%2&apos;, not a size</source>
        <translation>%1 为“%2”，不是大小</translation>
    </message>
    <message>
        <source>write for example 2GiB or 500MB</source>
        <translation>请写成例如 2GiB 或 500MB</translation>
    </message>
    <message>
        <source>give at least one byte</source>
        <translation>至少给出一个字节</translation>
    </message>
    <message>
        <source>bytes is %1, but one entry in each of %2 streams takes %3</source>
        <translation>bytes 为 %1，但 %2 条流各一个条目就需要 %3</translation>
    </message>
    <message>
        <source>give at least that</source>
        <translation>请至少给出这么多</translation>
    </message>
    <message>
        <source>an even width has no middle: give an odd one</source>
        <translation>偶数宽度没有中点：请给出奇数</translation>
    </message>
    <message>
        <source>patch=true with evict=end</source>
        <translation>patch=true 与 evict=end 同时给出</translation>
    </message>
    <message>
        <source>after the last chunk the prompt&apos;s own end votes: drop one of the two</source>
        <translation>最后一块之后由提示自己的结尾投票：请去掉其中之一</translation>
    </message>
    <message>
        <source>heads names gates, not a 0/1 mask, and sparsity is missing</source>
        <translation>heads 指定的是门控值而不是 0/1 掩码，却没有给出 sparsity</translation>
    </message>
    <message>
        <source>say with sparsity= what share of the heads streams</source>
        <translation>请用 sparsity= 给出流式头的比例</translation>
    </message>
    <message>
        <source>heads names a 0/1 mask, which fixes the sparsity already</source>
        <translation>heads 指定的 0/1 掩码已经确定了稀疏度</translation>
    </message>
    <message>
        <source>drop sparsity=</source>
        <translation>请去掉 sparsity=</translation>
    </message>
    <message>
        <source>neither sparsity nor heads is given</source>
        <translation>sparsity 和 heads 都没有给出</translation>
    </message>
    <message>
        <source>write for example duo:sparsity=0.5, or duo:heads=FILE</source>
        <translation>请写成例如 duo:sparsity=0.5，或 duo:heads=FILE</translation>
    </message>
    <message>
        <source>rest= cannot re-index positions</source>
        <translation>rest= 不能重新编排位置</translation>
    </message>
    <message>
        <source>drop reindex=true</source>
        <translation>请去掉 reindex=true</translation>
    </message>
    <message>
        <source>%1 names no file</source>
        <translation>%1 没有指定文件</translation>
    </message>
    <message>
        <source>%1 is %2</source>
        <translation>%1 为 %2</translation>
    </message>
    <message>
        <source>%1; %2</source>
        <translation>%1；%2</translation>
    </message>
    <message>
        <source>a chunk of %1 tokens keeps none of its entries: its share of the budget is less than one entry; take larger chunks</source>
        <translation>%1 个词元的一块不留任何条目：它分到的预算不足一个条目；请用更大的分块</translation>
    </message>
    <message>
        <source>a chunk of %1 tokens keeps its last %2 entries whatever is voted: the window of %3 is not smaller than its budget</source>
        <translation>%1 个词元的一块无论怎样投票都只留最后 %2 个条目：%3 的窗口不小于它的预算</translation>
    </message>
</context>
<context>
    <name>Metric</name>
    <message>
        <source> pp</source>
        <comment>percentage points</comment>
        <translation> 个百分点</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Patch rows</source>
        <translation>补丁行数</translation>
    </message>
    <message>
        <source>KV footprint</source>
        <translation>KV 占用</translation>
    </message>
    <message>
        <source>KV footprint, native</source>
        <translation>KV 占用（相对原生缓存）</translation>
    </message>
    <message>
        <source>Peak residency</source>
        <translation>峰值驻留率</translation>
    </message>
    <message>
        <source>Peak entries</source>
        <translation>峰值条目数</translation>
    </message>
    <message>
        <source>Entry rows</source>
        <translation>条目·行</translation>
    </message>
    <message>
        <source>Peak KV</source>
        <translation>峰值 KV</translation>
    </message>
    <message>
        <source>Peak KV, whole pass</source>
        <translation>峰值 KV，整次前向</translation>
    </message>
    <message>
        <source>Peak KV, empty</source>
        <translation>峰值 KV，页内空闲</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>峰值内存</translation>
    </message>
    <message>
        <source>Peak memory, weights</source>
        <translation>峰值内存，权重</translation>
    </message>
    <message>
        <source>Peak memory, KV</source>
        <translation>峰值内存，KV</translation>
    </message>
    <message>
        <source>Peak memory, activations</source>
        <translation>峰值内存，激活</translation>
    </message>
    <message>
        <source>Peak memory, workspace</source>
        <translation>峰值内存，工作区</translation>
    </message>
    <message>
        <source>Peak memory, logits</source>
        <translation>峰值内存，logits</translation>
    </message>
    <message>
        <source>KV rent</source>
        <translation>KV 租金</translation>
    </message>
    <message>
        <source>Time to first token</source>
        <translation>首词元延迟（TTFT）</translation>
    </message>
    <message>
        <source>Time per output token</source>
        <translation>每词元输出时间（TPOT）</translation>
    </message>
    <message>
        <source>Total time</source>
        <translation>总时间</translation>
    </message>
    <message>
        <source>Retained mass</source>
        <translation>注意力保留率</translation>
    </message>
    <message>
        <source>Retained mass, decode</source>
        <translation>注意力保留率，解码</translation>
    </message>
    <message>
        <source>Retained mass, p5</source>
        <translation>注意力保留率，p5</translation>
    </message>
</context>
<context>
    <name>MetricHelp</name>
    <message>
        <source>Query positions of the run: the tokens of prompt and output together.</source>
        <translation>整次运行的查询位置：提示与输出的词元之和。</translation>
    </message>
    <message>
        <source>Extra rows of patched chunks. They cost bytes and time, but are no rows of the run.</source>
        <translation>补丁分块多出的行。它们占字节和时间，但不算运行的行。</translation>
    </message>
    <message>
        <source>Resident entries summed over the rows, averaged over streams, as a share of full attention&apos;s.</source>
        <translation>驻留条目按行累加、对各流取平均，占完整注意力的比例。</translation>
    </message>
    <message>
        <source>The same sum as a share of what the model&apos;s own cache holds, whose sliding layers evict.</source>
        <translation>同样的和，占模型自身缓存（滑动层会淘汰）所存条目的比例。</translation>
    </message>
    <message>
        <source>The most entries that are resident at one row, as a share of all that the run makes.</source>
        <translation>单行驻留条目的最大值，占整次运行产生条目的比例。</translation>
    </message>
    <message>
        <source>The most entries that are resident at one row, over all streams of one request.</source>
        <translation>单行驻留条目的最大值，含一个请求的所有流。</translation>
    </message>
    <message>
        <source>Resident entries summed over all rows and streams: the numerator of the footprint.</source>
        <translation>驻留条目对所有行和流求和：即 KV 占用的分子。</translation>
    </message>
    <message>
        <source>The most memory in KV pages, if each layer frees what it evicts before the next layer runs.</source>
        <translation>KV 页占用内存的最大值，假设每层在下一层运行前释放被淘汰的条目。</translation>
    </message>
    <message>
        <source>The same, if every layer holds its whole chunk until the pass ends.</source>
        <translation>同上，但假设每层都把整个分块保留到这次前向结束。</translation>
    </message>
    <message>
        <source>What is allocated at the peak of the KV pages, but holds no entry.</source>
        <translation>KV 页达到峰值时已分配但没有存放条目的部分。</translation>
    </message>
    <message>
        <source>The most memory of everything: weights, KV, activations, workspace and logits together.</source>
        <translation>全部内存的最大值：权重、KV、激活、工作区与 logits 之和。</translation>
    </message>
    <message>
        <source>What the weights take of the peak memory.</source>
        <translation>峰值内存中权重所占的部分。</translation>
    </message>
    <message>
        <source>What the KV cache takes of the peak memory.</source>
        <translation>峰值内存中 KV 缓存所占的部分。</translation>
    </message>
    <message>
        <source>What activations take of the peak memory.</source>
        <translation>峰值内存中激活所占的部分。</translation>
    </message>
    <message>
        <source>What workspaces take of the peak memory.</source>
        <translation>峰值内存中工作区所占的部分。</translation>
    </message>
    <message>
        <source>What logits take of the peak memory.</source>
        <translation>峰值内存中 logits 所占的部分。</translation>
    </message>
    <message>
        <source>KV bytes times the seconds for which they are held: the rent of the cache.</source>
        <translation>KV 字节数乘以占用的秒数：即缓存的租金。</translation>
    </message>
    <message>
        <source>Time to first token: until the end of the pass with the last token of the prompt.</source>
        <translation>首词元延迟：到含有提示最后一个词元的那次前向结束为止。</translation>
    </message>
    <message>
        <source>Time per output token: a decode pass on average.</source>
        <translation>每个输出词元的时间：解码前向的平均时间。</translation>
    </message>
    <message>
        <source>Time of the whole run.</source>
        <translation>整次运行的时间。</translation>
    </message>
    <message>
        <source>Attention mass of the full model that lies on resident keys, averaged over rows, layers and query heads. It is not accuracy.</source>
        <translation>完整模型的注意力权重中落在驻留键上的部分，对行、层和查询头取平均。它不是准确率。</translation>
    </message>
    <message>
        <source>The retained mass of the rows of the output.</source>
        <translation>输出各行的注意力保留率。</translation>
    </message>
    <message>
        <source>A retained mass that 95 % of the rows reach.</source>
        <translation>95 % 的行都能达到的注意力保留率。</translation>
    </message>
</context>
<context>
    <name>Numbers</name>
    <message>
        <source>prefill pass %1</source>
        <translation>预填充前向 %1</translation>
    </message>
    <message>
        <source>decode pass %1</source>
        <translation>解码前向 %1</translation>
    </message>
</context>
<context>
    <name>PanelNumbers</name>
    <message>
        <source>heads, %1</source>
        <translation>头，%1</translation>
    </message>
    <message>
        <source>state map</source>
        <translation>状态图</translation>
    </message>
    <message>
        <source>comparison</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>trade-off</source>
        <translation>权衡</translation>
    </message>
    <message>
        <source>timeline</source>
        <translation>时间线</translation>
    </message>
</context>
<context>
    <name>Plot</name>
    <message>
        <source>one chunk</source>
        <translation>不分块</translation>
    </message>
    <message>
        <source>chunk %1</source>
        <translation>分块大小 %1</translation>
    </message>
    <message>
        <source>prompt %1</source>
        <translation>提示 %1</translation>
    </message>
    <message>
        <source>output %1</source>
        <translation>输出 %1</translation>
    </message>
    <message>
        <source>live</source>
        <translation>存活</translation>
    </message>
    <message>
        <source>inactive</source>
        <translation>不活跃</translation>
    </message>
    <message>
        <source>evicted</source>
        <translation>已淘汰</translation>
    </message>
    <message>
        <source>peak %1 at row %2</source>
        <translation>峰值 %1，第 %2 行</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 项</translation>
    </message>
    <message>
        <source>chunk boundary</source>
        <translation>分块边界</translation>
    </message>
    <message>
        <source>first decode row</source>
        <translation>第一个解码行</translation>
    </message>
    <message>
        <source>Row (query position)</source>
        <translation>行（查询位置）</translation>
    </message>
    <message>
        <source>KV entries, all streams</source>
        <translation>KV 条目数，所有流</translation>
    </message>
    <message>
        <source>KV entries per stream, mean</source>
        <translation>每条流的 KV 条目数，均值</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>KV entries, of full attention&apos;s at the end</source>
        <translation>KV 条目数，相对于完整注意力结束时</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>激活</translation>
    </message>
    <message>
        <source>workspace</source>
        <translation>工作区</translation>
    </message>
    <message>
        <source>logits</source>
        <translation>logits</translation>
    </message>
    <message>
        <source>peak %1</source>
        <translation>峰值 %1</translation>
    </message>
    <message>
        <source>Memory at the fullest moment of each pass</source>
        <translation>每次前向中最满时刻的内存</translation>
    </message>
    <message>
        <source>The published closed forms give no timeline. Choose exact accounting.</source>
        <translation>论文发表的闭式公式不给出时间线。请选择精确统计。</translation>
    </message>
    <message>
        <source>There are no seconds without a device. Choose one.</source>
        <translation>没有设备就没有以秒计的时间。请选择一种设备。</translation>
    </message>
    <message>
        <source>Time on %1</source>
        <translation>在 %1 上的时间</translation>
    </message>
    <message>
        <source>peak %1 at %2</source>
        <translation>峰值 %1，%2 时</translation>
    </message>
    <message>
        <source>Whole memory needs a device. Choose one.</source>
        <translation>总内存需要设备。请选择一种设备。</translation>
    </message>
    <message>
        <source>KV entries, all layers and heads</source>
        <translation>KV 条目，所有层和头</translation>
    </message>
    <message>
        <source>KV entries</source>
        <translation>KV 条目</translation>
    </message>
    <message>
        <source>capacity %1</source>
        <translation>容量 %1</translation>
    </message>
    <message>
        <source>%1: capacity %2, exceeded: %3 needed</source>
        <translation>%1：容量 %2，已超出，需要 %3</translation>
    </message>
    <message>
        <source>%1: capacity %2, %3 used</source>
        <translation>%1：容量 %2，已用 %3</translation>
    </message>
    <message>
        <source>peak %1, exceeds the capacity</source>
        <translation>峰值 %1，超出容量</translation>
    </message>
    <message>
        <source>batch %1</source>
        <translation>批大小 %1</translation>
    </message>
</context>
<context>
    <name>Policy</name>
    <message>
        <source>full attention, nothing is evicted</source>
        <translation>完整注意力，不淘汰任何条目</translation>
    </message>
    <message>
        <source>attention sinks and a recent window on every head</source>
        <translation>每个头都保留注意力汇聚点和最近窗口</translation>
    </message>
    <message>
        <source>streaming heads keep sinks and a window, retrieval heads everything (or rest=)</source>
        <translation>流式头保留汇聚点和窗口，检索头保留全部（或按 rest=）</translation>
    </message>
    <message>
        <source>the last rows of a pass vote, pooled; uniform budget over layers and heads</source>
        <translation>一次前向的最后若干行投票并池化；各层各头预算相同</translation>
    </message>
    <message>
        <source>SnapKV&apos;s votes with budgets that shrink from the first layer to the last</source>
        <translation>SnapKV 的投票，预算从第一层到最后一层递减</translation>
    </message>
    <message>
        <source>heavy hitters by accumulated attention, and a recent window</source>
        <translation>按累计注意力保留重要条目（heavy hitter），外加最近窗口</translation>
    </message>
    <message>
        <source>the last row votes for the whole layer; no token is protected</source>
        <translation>由最后一行为整层投票；没有受保护的词元</translation>
    </message>
    <message>
        <source>a seeded hash chooses: the floor under every schedule with the same counts</source>
        <translation>由带种子的哈希选择：条目数相同的各种方案的下限</translation>
    </message>
    <message>
        <source>keeps what later rows attend to most; only replays of a full trace know that</source>
        <translation>保留后面的行最关注的条目；只有重放完整录制才能知道</translation>
    </message>
    <message>
        <source>the baseline</source>
        <translation>基线</translation>
    </message>
    <message>
        <source>baseline</source>
        <translation>基线</translation>
    </message>
    <message>
        <source>StreamingLLM, arXiv 2309.17453</source>
        <translation>StreamingLLM，arXiv 2309.17453</translation>
    </message>
    <message>
        <source>DuoAttention, arXiv 2410.10819; PruLong, arXiv 2506.17121</source>
        <translation>DuoAttention，arXiv 2410.10819；PruLong，arXiv 2506.17121</translation>
    </message>
    <message>
        <source>SnapKV, arXiv 2404.14469</source>
        <translation>SnapKV，arXiv 2404.14469</translation>
    </message>
    <message>
        <source>PyramidKV, arXiv 2406.02069</source>
        <translation>PyramidKV，arXiv 2406.02069</translation>
    </message>
    <message>
        <source>H2O, arXiv 2306.14048</source>
        <translation>H2O，arXiv 2306.14048</translation>
    </message>
    <message>
        <source>TOVA, arXiv 2401.06104</source>
        <translation>TOVA，arXiv 2401.06104</translation>
    </message>
    <message>
        <source>after Belady, IBM Systems Journal 5(2), 1966</source>
        <translation>仿照 Belady，IBM Systems Journal 5(2)，1966</translation>
    </message>
    <message>
        <source>first tokens, kept for good</source>
        <translation>最前面的词元，永久保留</translation>
    </message>
    <message>
        <source>last tokens, kept after each pass</source>
        <translation>最近的词元，每次前向之后保留</translation>
    </message>
    <message>
        <source>true: rotate keys at their index in the cache, as StreamingLLM does</source>
        <translation>true：像 StreamingLLM 那样，按键在缓存中的位置做旋转</translation>
    </message>
    <message>
        <source>chunk: after every pass; end: not before the last prefill pass</source>
        <translation>chunk：每次前向之后；end：不早于最后一次预填充前向</translation>
    </message>
    <message>
        <source>share of heads that stream</source>
        <translation>流式头的比例</translation>
    </message>
    <message>
        <source>table of [layers][KV heads]: a 0/1 mask (1 retrieves), or gates with sparsity=</source>
        <translation>[层][KV 头] 的表：0/1 掩码（1 为检索头），或配合 sparsity= 的门控值</translation>
    </message>
    <message>
        <source>first tokens that streaming heads keep</source>
        <translation>流式头保留的最前面的词元</translation>
    </message>
    <message>
        <source>last tokens that streaming heads keep after a pass</source>
        <translation>流式头在一次前向之后保留的最近词元</translation>
    </message>
    <message>
        <source>exact: int(M(1-s)) retrieval heads; duo: DuoAttention&apos;s quantile</source>
        <translation>exact：int(M(1-s)) 个检索头；duo：DuoAttention 的分位数</translation>
    </message>
    <message>
        <source>when streaming heads are trimmed: after every pass, or from the last prefill pass</source>
        <translation>何时裁剪流式头：每次前向之后，或从最后一次预填充前向开始</translation>
    </message>
    <message>
        <source>policy of the retrieval heads; comes last</source>
        <translation>检索头的策略；写在最后</translation>
    </message>
    <message>
        <source>share of each chunk (evict=end: of the prompt) that is evicted</source>
        <translation>每块（evict=end 时为整个提示）中被淘汰的比例</translation>
    </message>
    <message>
        <source>tokens kept per stream of the whole prompt, shared out over chunks by length</source>
        <translation>每条流从整个提示中保留的词元数，按长度分给各块</translation>
    </message>
    <message>
        <source>bytes kept of the whole prompt, all streams together</source>
        <translation>从整个提示中保留的字节数，所有流合计</translation>
    </message>
    <message>
        <source>last rows of a pass, which vote and are kept</source>
        <translation>一次前向的最后若干行，由它们投票，并予以保留</translation>
    </message>
    <message>
        <source>pooling width over candidates, odd</source>
        <translation>对候选条目池化的宽度，奇数</translation>
    </message>
    <message>
        <source>pooling of the votes</source>
        <translation>投票的池化方式</translation>
    </message>
    <message>
        <source>mean: one set per KV head; none: a copy and a set per query head</source>
        <translation>mean：每个 KV 头一组；none：每个查询头一份副本、一组条目</translation>
    </message>
    <message>
        <source>append the prompt&apos;s last rows to every chunk but the last; they vote, then go</source>
        <translation>除最后一块外，把提示的最后若干行接在每一块后面；由它们投票，然后丢掉</translation>
    </message>
    <message>
        <source>chunk: after every prefill pass; end: once, over the whole prompt</source>
        <translation>chunk：每次预填充前向之后；end：只对整个提示做一次</translation>
    </message>
    <message>
        <source>how steep: the last layer keeps about 1/beta of base</source>
        <translation>坡度：最后一层大约保留平均值的 1/beta</translation>
    </message>
    <message>
        <source>entries kept by accumulated mass</source>
        <translation>按累计注意力权重保留的条目数</translation>
    </message>
    <message>
        <source>last entries, always kept</source>
        <translation>最近的条目，始终保留</translation>
    </message>
    <message>
        <source>evicted share of the prompt; what is left is split in half</source>
        <translation>提示中被淘汰的比例；剩下的平分为两半</translation>
    </message>
    <message>
        <source>heavy + recent, split in half</source>
        <translation>heavy + recent，平分为两半</translation>
    </message>
    <message>
        <source>bytes of all streams together, split in half</source>
        <translation>所有流合计的字节数，平分为两半</translation>
    </message>
    <message>
        <source>entries kept per stream</source>
        <translation>每条流保留的条目数</translation>
    </message>
    <message>
        <source>evicted share of the prompt; what is left is the size of the cache</source>
        <translation>提示中被淘汰的比例；剩下的就是缓存大小</translation>
    </message>
    <message>
        <source>bytes of all streams together</source>
        <translation>所有流合计的字节数</translation>
    </message>
    <message>
        <source>share of each chunk (evict=end, cap=true: of the prompt) that is evicted</source>
        <translation>每块（evict=end 或 cap=true 时为整个提示）中被淘汰的比例</translation>
    </message>
    <message>
        <source>true: the budget is the size of the cache, prompt and output, as for h2o and tova</source>
        <translation>true：预算就是缓存大小，提示和输出都算在内，与 h2o 和 tova 相同</translation>
    </message>
</context>
<context>
    <name>SaveDialog</name>
    <message>
        <source>%1 exists. Replace it?</source>
        <translation>%1 已存在。要替换它吗？</translation>
    </message>
</context>
<context>
    <name>Segment</name>
    <message>
        <source>needle</source>
        <translation>目标句</translation>
    </message>
    <message>
        <source>question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>distractor</source>
        <translation>干扰项</translation>
    </message>
    <message>
        <source>instruction</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>copied</source>
        <translation>复述部分</translation>
    </message>
</context>
<context>
    <name>StateMap</name>
    <message>
        <source>Row %1%2 (%3) · key %4%5</source>
        <translation>第 %1 行%2（%3）· 键 %4%5</translation>
    </message>
    <message>
        <source>after row %1 (end of %2)</source>
        <translation>在第 %1 行之后（%2 结束时）</translation>
    </message>
    <message>
        <source>%1: the layer slides and holds its last %2 entries</source>
        <translation>%1：该层为滑动窗口，保留最近 %2 个条目</translation>
    </message>
    <message>
        <source>%1 by %2, which kept %3 of %4</source>
        <translation>%1由 %2 淘汰，它在 %4 个中保留了 %3 个</translation>
    </message>
    <message>
        <source>below 0.01 %</source>
        <translation>低于 0.01 %</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>: a row does not see keys that come after it</source>
        <translation>：一行看不到它之后的键</translation>
    </message>
    <message>
        <source>live; evicted later, %1</source>
        <translation>存活；之后被淘汰，%1</translation>
    </message>
    <message>
        <source>live, and kept to the end</source>
        <translation>存活，并保留到最后</translation>
    </message>
    <message>
        <source>inactive: resident, outside the window of this row; evicted later, %1</source>
        <translation>不活跃：驻留，但在这一行的窗口之外；之后被淘汰，%1</translation>
    </message>
    <message>
        <source>after the run</source>
        <translation>在运行之后</translation>
    </message>
    <message>
        <source>evicted %1</source>
        <translation>已淘汰，%1</translation>
    </message>
    <message>
        <source> · attention %1</source>
        <translation> · 注意力 %1</translation>
    </message>
    <message>
        <source>, inactive in %1</source>
        <translation>，在 %1 条流中不活跃</translation>
    </message>
    <message>
        <source>: live in %1%2, evicted in %3 of %4 streams</source>
        <translation>：在 %4 条流中，%1 条存活%2，%3 条已淘汰</translation>
    </message>
    <message>
        <source>Key position</source>
        <translation>键位置</translation>
    </message>
    <message>
        <source>Row (query position)</source>
        <translation>行（查询位置）</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Layer %1, query head %2</source>
        <translation>第 %1 层，查询头 %2</translation>
    </message>
    <message>
        <source>Layer %1, KV head %2</source>
        <translation>第 %1 层，KV 头 %2</translation>
    </message>
    <message>
        <source>Mean of all %1 streams</source>
        <translation>全部 %1 条流的均值</translation>
    </message>
    <message>
        <source>What every stream of this run keeps would take more than a gigabyte. Choose a shorter output, or a trace of a shorter prompt.</source>
        <translation>记录这次运行中每条流保留的内容需要超过 1 GB 内存。请选择更短的输出，或提示更短的录制。</translation>
    </message>
    <message>
        <source>The published closed forms know no keys. Choose exact accounting.</source>
        <translation>论文发表的闭式公式不涉及单个键。请选择精确统计。</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Which keys %1 keeps depends on attention, and a shape has none. Open a trace, or choose a policy that does not look at attention, such as streaming.</source>
        <translation>%1 保留哪些键取决于注意力，而形状没有注意力。请打开录制文件，或选择不看注意力的策略，例如 streaming。</translation>
    </message>
</context>
<context>
    <name>TradeOff</name>
    <message>
        <source>%1 over %2</source>
        <translation>%1，改变 %2</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::CompareTable</name>
    <message>
        <source>%1 (%2)</source>
        <comment>absolute, relative difference</comment>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>%1, difference %2</source>
        <translation>%1，差值 %2</translation>
    </message>
    <message>
        <source>This run cannot know it.</source>
        <translation>这次运行无法得知。</translation>
    </message>
    <message>
        <source>%1 in result files</source>
        <translation>结果文件中的名称：%1</translation>
    </message>
    <message>
        <source>current</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>pinned</source>
        <translation>已固定</translation>
    </message>
    <message>
        <source>baseline</source>
        <translation>基准</translation>
    </message>
    <message>
        <source>Below each number: its difference to the baseline, %1.</source>
        <translation>每个数值下方是它与基准 %1 的差值。</translation>
    </message>
    <message>
        <source>last result</source>
        <translation>上一个结果</translation>
    </message>
    <message>
        <source>does not fit</source>
        <translation>放不下</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::CompareView</name>
    <message>
        <source>Comparison</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Comparison tools</source>
        <translation>比较工具</translation>
    </message>
    <message>
        <source>Unit of the timelines</source>
        <translation>时间线的单位</translation>
    </message>
    <message>
        <source>What the timelines count</source>
        <translation>时间线统计的量</translation>
    </message>
    <message>
        <source>KV bytes</source>
        <translation>KV 字节数</translation>
    </message>
    <message>
        <source>Entries per stream</source>
        <translation>每条流的条目数</translation>
    </message>
    <message>
        <source>Entries</source>
        <translation>条目数</translation>
    </message>
    <message>
        <source>Cautions</source>
        <translation>注意事项</translation>
    </message>
    <message>
        <source>Metrics of the compared scenarios</source>
        <translation>所比较场景的指标</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>Keep the current scenario to compare others with it</source>
        <translation>固定当前场景，供其他场景与它比较</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消固定</translation>
    </message>
    <message>
        <source>Drop the chosen column from the comparison</source>
        <translation>把所选的列移出比较</translation>
    </message>
    <message>
        <source>Drop every pinned scenario</source>
        <translation>移除所有固定的场景</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>载入</translation>
    </message>
    <message>
        <source>Make the chosen column the current scenario</source>
        <translation>把所选的列设为当前场景</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>设为基准</translation>
    </message>
    <message>
        <source>Compare the other columns with the chosen one</source>
        <translation>其他各列都与所选的列比较</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the selected cells, or else the whole table, in full precision</source>
        <translation>以完整精度复制所选单元格；没有选择时复制整张表</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>The same with commas</source>
        <translation>内容相同，用逗号分隔</translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape. Then pin the scenario and change it.</source>
        <translation>请打开录制文件，或选择一种形状。然后固定该场景，再修改它。</translation>
    </message>
    <message>
        <source>Pin this scenario, then change it: the two stand side by side.</source>
        <translation>固定当前场景再修改它，两者就会并排显示。</translation>
    </message>
    <message>
        <source>This scenario is pinned. Change it: the two stand side by side.</source>
        <translation>当前场景已固定。修改它，两者就会并排显示。</translation>
    </message>
    <message>
        <source>Mind: %1.</source>
        <translation>注意：%1。</translation>
    </message>
    <message>
        <source>Load a compared scenario</source>
        <translation>载入所比较的场景</translation>
    </message>
    <message>
        <source>Unpin all</source>
        <translation>全部取消固定</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::EquationWidget</name>
    <message>
        <source>Equation</source>
        <translation>公式</translation>
    </message>
    <message>
        <source>Copy as &amp;text</source>
        <translation>复制为文本(&amp;T)</translation>
    </message>
    <message>
        <source>Copy as &amp;LaTeX</source>
        <translation>复制为 LaTeX(&amp;L)</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::ErrorLabel</name>
    <message>
        <source>Error: %1</source>
        <translation>错误：%1</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Field</name>
    <message>
        <source>Not given: the default</source>
        <translation>未给出：采用默认值</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::FormulaTable</name>
    <message>
        <source>prefill</source>
        <translation>预填充</translation>
    </message>
    <message>
        <source>decode</source>
        <translation>解码</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <comment>phase, pass</comment>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1 %2–%3</source>
        <comment>phase, first to last pass</comment>
        <translation>%1 %2–%3</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
    <message>
        <source>Pass</source>
        <translation>前向</translation>
    </message>
    <message>
        <source>Rows [a, b)</source>
        <translation>行 [a, b)</translation>
    </message>
    <message>
        <source>b − a</source>
        <translation>b − a</translation>
    </message>
    <message>
        <source>Survivors R</source>
        <translation>留存条目 R</translation>
    </message>
    <message>
        <source>Survivors R, mean</source>
        <translation>留存条目 R，均值</translation>
    </message>
    <message>
        <source>Contribution</source>
        <translation>贡献</translation>
    </message>
    <message>
        <source>Running sum</source>
        <translation>累计</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>Rows of a pass; &quot;100 × 1&quot; are 100 passes of one row</source>
        <translation>一次前向的行；“100 × 1”表示 100 次单行前向</translation>
    </message>
    <message>
        <source>Entries of a stream that survived to the pass</source>
        <translation>一条流中留存到这次前向的条目</translation>
    </message>
    <message>
        <source>(b − a) R + tri(b − a)</source>
        <translation>(b − a) R + tri(b − a)</translation>
    </message>
    <message>
        <source>(b − a) R + tri(b − a), summed over all streams</source>
        <translation>(b − a) R + tri(b − a)，对所有流求和</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::FormulaView</name>
    <message>
        <source>Formula of the footprint</source>
        <translation>占用的公式</translation>
    </message>
    <message>
        <source>What the formula says</source>
        <translation>公式的含义</translation>
    </message>
    <message>
        <source>All streams</source>
        <translation>所有流</translation>
    </message>
    <message>
        <source>Sum over all streams again</source>
        <translation>恢复为对所有流求和</translation>
    </message>
    <message>
        <source>Terms of the sum, a pass or a run of passes each</source>
        <translation>求和的各项，每项是一次或连续多次前向</translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see its footprint term by term.</source>
        <translation>请打开录制文件，或选择一种形状，以便逐项查看占用。</translation>
    </message>
    <message>
        <source>The footprint of %1 comes from the published closed form, which counts no passes. Choose exact accounting to see its terms.</source>
        <translation>%1 的占用来自论文发表的闭式公式，它不统计各次前向。请选择精确统计来查看各项。</translation>
    </message>
    <message>
        <source>passes</source>
        <translation>各次前向</translation>
    </message>
    <message>
        <source>layer %1, head %2</source>
        <translation>第 %1 层，头 %2</translation>
    </message>
    <message>
        <source>footprint</source>
        <translation>占用</translation>
    </message>
    <message>
        <source>streams</source>
        <translation>各条流</translation>
    </message>
    <message>
        <source>A pass over the rows [&lt;i&gt;a&lt;/i&gt;, &lt;i&gt;b&lt;/i&gt;) sees the &lt;i&gt;R&lt;/i&gt; entries that survived to it, and its own keys up to each row: tri(&lt;i&gt;x&lt;/i&gt;) = &lt;i&gt;x&lt;/i&gt; (&lt;i&gt;x&lt;/i&gt; + 1) / 2. &lt;i&gt;N&lt;/i&gt; = %1 rows.</source>
        <translation>计算行 [&lt;i&gt;a&lt;/i&gt;, &lt;i&gt;b&lt;/i&gt;) 的一次前向能看到留存到此时的 &lt;i&gt;R&lt;/i&gt; 个条目，以及每行为止自己的键：tri(&lt;i&gt;x&lt;/i&gt;) = &lt;i&gt;x&lt;/i&gt; (&lt;i&gt;x&lt;/i&gt; + 1) / 2。&lt;i&gt;N&lt;/i&gt; = %1 行。</translation>
    </message>
    <message>
        <source>The footprint, %1, is the mean of this share over %2 streams.</source>
        <translation>占用 %1 是这个比例在 %2 条流上的平均值。</translation>
    </message>
    <message>
        <source>&lt;i&gt;S&lt;/i&gt; = %1 streams: %2 layers with %3 heads each.</source>
        <translation>&lt;i&gt;S&lt;/i&gt; = %1 条流：%2 层，每层 %3 个头。</translation>
    </message>
    <message>
        <source>%1 patch rows are no rows of the run and count nothing here.</source>
        <translation>%1 个补丁行不是这次运行的行，这里不计。</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the equation as text (Ctrl+C) or as LaTeX</source>
        <translation>将公式复制为文本 (Ctrl+C) 或 LaTeX</translation>
    </message>
    <message>
        <source>The table lists the first %1 terms; the sum has %2 more.</source>
        <translation>表中只列出前 %1 项;求和还包括另外 %2 项。</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::HeadsPlot</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::HeadsView</name>
    <message>
        <source>Heads</source>
        <translation>头</translation>
    </message>
    <message>
        <source>Layers and heads</source>
        <translation>层与头</translation>
    </message>
    <message>
        <source>One cell per stream. Click chooses a stream, click again or Esc chooses all; arrows move the choice.</source>
        <translation>每条流一格。单击选择一条流，再次单击或按 Esc 选择全部；方向键移动所选。</translation>
    </message>
    <message>
        <source>Measure that colours the heads</source>
        <translation>给各个头着色的量</translation>
    </message>
    <message>
        <source>Value of the head</source>
        <translation>该头的数值</translation>
    </message>
    <message>
        <source>Colou&amp;r by</source>
        <translation>着色依据(&amp;R)</translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see which heads keep what.</source>
        <translation>请打开录制文件，或选择一种形状，以便查看各个头保留了什么。</translation>
    </message>
    <message>
        <source>Kept share at row %1</source>
        <translation>第 %1 行的保留比例</translation>
    </message>
    <message>
        <source>Layer %1, %2 %3: %4</source>
        <translation>第 %1 层，%2 %3：%4</translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation>正在计算……</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonEntry</name>
    <message>
        <source>Open this lesson</source>
        <translation>打开这一课</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonPage</name>
    <message>
        <source>All lessons</source>
        <translation>全部课程</translation>
    </message>
    <message>
        <source>Step of the lesson</source>
        <translation>课程的步骤</translation>
    </message>
    <message>
        <source>Text of the step</source>
        <translation>这一步的正文</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>上一步(&amp;B)</translation>
    </message>
    <message>
        <source>The step before</source>
        <translation>前一个步骤</translation>
    </message>
    <message>
        <source>step %1 of %2</source>
        <translation>第 %1 步，共 %2 步</translation>
    </message>
    <message>
        <source>F&amp;inish</source>
        <translation>完成(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>下一步(&amp;N)</translation>
    </message>
    <message>
        <source>Back to all lessons</source>
        <translation>返回全部课程</translation>
    </message>
    <message>
        <source>The next step</source>
        <translation>后一个步骤</translation>
    </message>
    <message>
        <source>Finish</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>All lessons; your own scenario comes back</source>
        <translation>全部课程；你自己的场景会恢复</translation>
    </message>
    <message>
        <source>&amp;Show again</source>
        <translation>再次显示(&amp;S)</translation>
    </message>
    <message>
        <source>Bring back what this step shows, after looking at something else</source>
        <translation>看过别的之后，恢复这一步显示的内容</translation>
    </message>
    <message>
        <source>To the end of this lesson</source>
        <translation>到本课末尾</translation>
    </message>
    <message>
        <source>The end of this lesson</source>
        <translation>本课结束</translation>
    </message>
    <message>
        <source>All questions are answered, %1 of %2 right.</source>
        <translation>所有问题都已回答，%2 个中答对 %1 个。</translation>
    </message>
    <message>
        <source>Still open:</source>
        <translation>尚未回答：</translation>
    </message>
    <message>
        <source>step %1, %2</source>
        <translation>第 %1 步，%2</translation>
    </message>
    <message>
        <source>The window shows your own scenario again, the one from before the lesson.</source>
        <translation>窗口又显示你自己的场景，即开始课程之前的那一个。</translation>
    </message>
    <message>
        <source>Next lesson:</source>
        <translation>下一课：</translation>
    </message>
    <message>
        <source>&amp;Next lesson</source>
        <translation>下一课(&amp;N)</translation>
    </message>
    <message>
        <source>All &amp;lessons</source>
        <translation>全部课程(&amp;L)</translation>
    </message>
    <message>
        <source>Next lesson: %1</source>
        <translation>下一课：%1</translation>
    </message>
    <message>
        <source>Timeline, whole memory</source>
        <translation>时间线，总内存</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Look at: **%1**</source>
        <translation>请看：**%1**</translation>
    </message>
    <message>
        <source>layer %1, head %2</source>
        <translation>第 %1 层，头 %2</translation>
    </message>
    <message>
        <source>row %1</source>
        <translation>第 %1 行</translation>
    </message>
    <message>
        <source>key %1</source>
        <translation>键 %1</translation>
    </message>
    <message>
        <source>done: %1 of %2 right</source>
        <translation>已完成：%2 个中答对 %1 个</translation>
    </message>
    <message>
        <source>%1 of %2 answered</source>
        <translation>已回答 %1 / %2</translation>
    </message>
    <message>
        <source>at step %1 of %2, %3 of %4 answered</source>
        <translation>在第 %1 步（共 %2 步），已回答 %3 / %4</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonPanel</name>
    <message>
        <source>Lessons</source>
        <translation>课程</translation>
    </message>
    <message>
        <source>The lessons cannot be read: %1</source>
        <translation>无法读取课程：%1</translation>
    </message>
    <message>
        <source>Each lesson takes a few minutes. It replays scenarios in this window, asks, and lets the simulator answer.</source>
        <translation>每课需要几分钟。它在这个窗口中重放场景，提出问题，并由模拟器来回答。</translation>
    </message>
    <message>
        <source>Start all over</source>
        <translation>全部重新开始</translation>
    </message>
    <message>
        <source>Forget which questions have been answered, and where you were</source>
        <translation>忘掉已回答的问题和读到的位置</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonQuestionBox</name>
    <message>
        <source>Question.</source>
        <translation>问题。</translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation>检查(&amp;C)</translation>
    </message>
    <message>
        <source>Ask the simulator whether this is right</source>
        <translation>问模拟器这是否正确</translation>
    </message>
    <message>
        <source>What the simulator says</source>
        <translation>模拟器的回答</translation>
    </message>
    <message>
        <source>The scenarios of this question cannot be replayed.</source>
        <translation>无法重放这个问题的场景。</translation>
    </message>
    <message>
        <source>Your answer</source>
        <translation>你的答案</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>一个数</translation>
    </message>
    <message>
        <source>This cannot be checked.</source>
        <translation>无法检查这个答案。</translation>
    </message>
    <message>
        <source>Right.</source>
        <translation>正确。</translation>
    </message>
    <message>
        <source>Not quite.</source>
        <translation>不对。</translation>
    </message>
    <message>
        <source>Right: the simulator says %1 %2.</source>
        <translation>正确：模拟器算得 %1 %2。</translation>
    </message>
    <message>
        <source>Show the &amp;answer</source>
        <translation>显示答案(&amp;A)</translation>
    </message>
    <message>
        <source>Give up and see the answer</source>
        <translation>放弃，查看答案</translation>
    </message>
    <message>
        <source>Answer a&amp;gain</source>
        <translation>重新回答(&amp;G)</translation>
    </message>
    <message>
        <source>Hide the answer and try once more</source>
        <translation>隐藏答案，再试一次</translation>
    </message>
    <message>
        <source>The simulator says %1 %2.</source>
        <translation>模拟器的结果是 %1 %2。</translation>
    </message>
    <message>
        <source>The answer: %1.</source>
        <translation>答案：%1。</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonShow</name>
    <message>
        <source>lesson</source>
        <translation>课程</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MainWindow</name>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Runs of the scenario file</source>
        <translation>场景文件中的运行</translation>
    </message>
    <message>
        <source>Run of the scenario file</source>
        <translation>场景文件中的运行</translation>
    </message>
    <message>
        <source>The runs of the opened file; it is empty while a changed one is shown</source>
        <translation>所打开文件中的各次运行；显示修改过的运行时为空</translation>
    </message>
    <message>
        <source>Run of the scenario</source>
        <translation>场景的运行</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Progress of the replay</source>
        <translation>重放进度</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop this replay; the old picture stays</source>
        <translation>停止这次重放；保留原来的图</translation>
    </message>
    <message>
        <source>footprint %1</source>
        <translation>KV 占用 %1</translation>
    </message>
    <message>
        <source>peak memory %1</source>
        <translation>峰值内存 %1</translation>
    </message>
    <message>
        <source>retained mass %1</source>
        <translation>注意力保留率 %1</translation>
    </message>
    <message>
        <source>TTFT %1</source>
        <translation>TTFT %1</translation>
    </message>
    <message>
        <source>TPOT %1</source>
        <translation>TPOT %1</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Open...</source>
        <translation>打开(&amp;O)...</translation>
    </message>
    <message>
        <source>Open a trace or a scenario</source>
        <translation>打开录制或场景</translation>
    </message>
    <message>
        <source>Traces and scenarios (*.h5 *.hdf5 *.yaml *.yml);;All files (*)</source>
        <translation>录制和场景 (*.h5 *.hdf5 *.yaml *.yml);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>Save the scenario</source>
        <translation>保存场景</translation>
    </message>
    <message>
        <source>Scenarios (*.yaml)</source>
        <translation>场景 (*.yaml)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Save &amp;as...</source>
        <translation>另存为(&amp;A)...</translation>
    </message>
    <message>
        <source>&amp;Export...</source>
        <translation>导出(&amp;E)...</translation>
    </message>
    <message>
        <source>Re&amp;load</source>
        <translation>重新载入(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation>清空(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Copy as &amp;command</source>
        <translation>复制为命令(&amp;C)</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>已复制：%1</translation>
    </message>
    <message>
        <source>&amp;Pin this scenario</source>
        <translation>固定当前场景(&amp;P)</translation>
    </message>
    <message>
        <source>Unpin &amp;all</source>
        <translation>全部取消固定(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>恢复默认布局(&amp;R)</translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation>跟随桌面</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation>语言(&amp;G)</translation>
    </message>
    <message>
        <source>This program was built without Qt&apos;s linguist tools</source>
        <translation>构建这个程序时没有 Qt 的 Linguist 工具</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Lessons</source>
        <translation>课程(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;About kvfoot</source>
        <translation>关于 kvfoot(&amp;A)</translation>
    </message>
    <message>
        <source>About kvfoot</source>
        <translation>关于 kvfoot</translation>
    </message>
    <message>
        <source>&lt;b&gt;%1&lt;/b&gt;&lt;p&gt;Which KV entries does an eviction schedule keep, for how long, and what does attention lose?&lt;/p&gt;&lt;p&gt;The metric is the KV footprint of &lt;i&gt;Cache Me If You Can&lt;/i&gt; (arXiv 2506.17121).&lt;/p&gt;</source>
        <translation>&lt;b&gt;%1&lt;/b&gt;&lt;p&gt;一种淘汰方案保留哪些 KV 条目、保留多久，注意力又会失去什么？&lt;/p&gt;&lt;p&gt;所用指标是 &lt;i&gt;Cache Me If You Can&lt;/i&gt;（arXiv 2506.17121）提出的 KV 占用。&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>State map</source>
        <translation>状态图</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>头</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Lessons</source>
        <translation>课程</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Trade-off</source>
        <translation>权衡</translation>
    </message>
    <message>
        <source>Formula</source>
        <translation>公式</translation>
    </message>
    <message>
        <source>Make it the scenario of this window; undo takes it back</source>
        <translation>把它作为本窗口的场景；可以撤销</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Delete it</source>
        <translation>删除它</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>以后再说</translation>
    </message>
    <message>
        <source>Keep it, and ask again at the next start</source>
        <translation>保留它，下次启动时再问</translation>
    </message>
    <message>
        <source>peak KV in whole pages: %1 layer by layer, %2 a pass at a time</source>
        <translation>峰值 KV（按整页）：逐层 %1，整次前向 %2</translation>
    </message>
    <message>
        <source>Opening %1 …</source>
        <translation>正在打开 %1……</translation>
    </message>
    <message>
        <source>Exported: %1</source>
        <translation>已导出：%1</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Show the file in the desktop&apos;s file manager</source>
        <translation>在桌面的文件管理器中显示该文件</translation>
    </message>
    <message>
        <source>Exported pictures are &amp;dark</source>
        <translation>导出的图用深色(&amp;D)</translation>
    </message>
    <message>
        <source>Otherwise they are light, for paper, whatever the window looks like</source>
        <translation>否则为适合印刷的浅色，与窗口的外观无关</translation>
    </message>
    <message>
        <source>Export: %1</source>
        <translation>导出：%1</translation>
    </message>
    <message>
        <source>This scenario was not saved: %1</source>
        <translation>这个场景没有保存：%1</translation>
    </message>
    <message>
        <source>Saved the lesson&apos;s scenario: %1</source>
        <translation>已保存课程的场景：%1</translation>
    </message>
    <message>
        <source>still the numbers of %1</source>
        <translation>仍是 %1 的数值</translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation>PNG 图片 (*.png)</translation>
    </message>
    <message>
        <source>SVG picture (*.svg)</source>
        <translation>SVG 图片 (*.svg)</translation>
    </message>
    <message>
        <source>PDF picture (*.pdf)</source>
        <translation>PDF 图片 (*.pdf)</translation>
    </message>
    <message>
        <source>Numbers as CSV (*.csv)</source>
        <translation>CSV 数值 (*.csv)</translation>
    </message>
    <message>
        <source>A scenario that was not saved cannot be read: %1</source>
        <translation>一个没有保存的场景无法读取：%1</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Once what is missing is back</source>
        <translation>缺少的文件恢复之后</translation>
    </message>
    <message>
        <source>Not saved yet: %1 has comments (line %2), which the window does not write again.</source>
        <translation>尚未保存：%1 含有注释（第 %2 行），窗口不会再写出注释。</translation>
    </message>
    <message>
        <source>Save as...</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>To another file</source>
        <translation>保存到另一个文件</translation>
    </message>
    <message>
        <source>Overwrite</source>
        <translation>覆盖</translation>
    </message>
    <message>
        <source>Save without the comments</source>
        <translation>保存，但不含注释</translation>
    </message>
    <message>
        <source>Open an exa&amp;mple</source>
        <translation>打开示例(&amp;M)</translation>
    </message>
    <message>
        <source>⚠ does not fit: %1 on %2</source>
        <comment>peak, memory of the device</comment>
        <translation>⚠ 放不下：需要 %1，设备只有 %2</translation>
    </message>
    <message>
        <source>Not saved yet: %1 has changed on disk since it was opened or saved.</source>
        <translation>尚未保存：%1 自打开或上次保存以来在磁盘上已被改动。</translation>
    </message>
    <message>
        <source>Save, and lose what was changed there</source>
        <translation>保存，并丢弃磁盘上的改动</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MassLegend</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Scale of attention</source>
        <translation>注意力的刻度</translation>
    </message>
    <message>
        <source>Share of a row&apos;s attention that an entry gets, on a logarithmic scale. Below the left end nothing is drawn.</source>
        <translation>一个条目得到的注意力占该行的比例，对数刻度。低于左端的不画。</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MessageBar</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::OverlayTimelines</name>
    <message>
        <source>Timelines of the compared scenarios</source>
        <translation>所比较场景的时间线</translation>
    </message>
    <message>
        <source>Pin a scenario, then change it: both timelines appear here.</source>
        <translation>固定一个场景再修改它，两条时间线都会显示在这里。</translation>
    </message>
    <message>
        <source>Row (query position)</source>
        <translation>行（查询位置）</translation>
    </message>
    <message>
        <source>Resident entries per stream</source>
        <translation>每条流的驻留条目数</translation>
    </message>
    <message>
        <source>Resident entries</source>
        <translation>驻留条目数</translation>
    </message>
    <message>
        <source>%1 (no timeline)</source>
        <translation>%1（没有时间线）</translation>
    </message>
    <message>
        <source>The published closed forms give no timeline. Choose exact accounting.</source>
        <translation>论文发表的闭式公式不给出时间线。请选择精确统计。</translation>
    </message>
    <message>
        <source>Resident over rows</source>
        <translation>各行的驻留量</translation>
    </message>
    <message>
        <source>row %1</source>
        <translation>第 %1 行</translation>
    </message>
    <message>
        <source>What is resident over rows, a line per scenario. Wheel or + and - zoom, F fits, Shift with arrows pans. Arrows go from row to row and show its numbers.</source>
        <translation>各行的驻留量，每个场景一条线。滚轮或 + 和 - 缩放，F 显示全部，Shift 加方向键平移。方向键逐行移动并显示该行的数值。</translation>
    </message>
    <message>
        <source>KV, whole pages</source>
        <translation>KV，按整页计</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PeakBars</name>
    <message>
        <source>Memory at the peak</source>
        <translation>峰值时的内存</translation>
    </message>
    <message>
        <source>Pin a scenario, then change it: both peaks appear here.</source>
        <translation>固定一个场景再修改它，两个峰值都会显示在这里。</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>峰值内存</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>KV</source>
        <translation>KV</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>激活</translation>
    </message>
    <message>
        <source>workspace</source>
        <translation>工作区</translation>
    </message>
    <message>
        <source>logits</source>
        <translation>logits</translation>
    </message>
    <message>
        <source>Peak KV</source>
        <translation>峰值 KV</translation>
    </message>
    <message>
        <source>The published closed forms know no bytes. Choose exact accounting.</source>
        <translation>论文发表的闭式公式不计算字节。请选择精确统计。</translation>
    </message>
    <message>
        <source>What memory is made of where it peaks, a bar per scenario. Arrows go from bar to bar and show its numbers.</source>
        <translation>峰值处内存由什么组成，每个场景一根柱。方向键逐根移动并显示该柱的数值。</translation>
    </message>
    <message>
        <source>together</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>Peak KV, whole pages</source>
        <translation>峰值 KV，按整页计</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>空闲</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Playback</name>
    <message>
        <source>Playback</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Previous pass</source>
        <translation>上一次前向</translation>
    </message>
    <message>
        <source>To the first row of the pass before</source>
        <translation>到上一次前向的第一行</translation>
    </message>
    <message>
        <source>Previous row</source>
        <translation>上一行</translation>
    </message>
    <message>
        <source>One row back</source>
        <translation>后退一行</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Play the run, or pause</source>
        <translation>播放这次运行，或暂停</translation>
    </message>
    <message>
        <source>Next row</source>
        <translation>下一行</translation>
    </message>
    <message>
        <source>One row on</source>
        <translation>前进一行</translation>
    </message>
    <message>
        <source>Next pass</source>
        <translation>下一次前向</translation>
    </message>
    <message>
        <source>To the first row of the next pass</source>
        <translation>到下一次前向的第一行</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>The row at which everything looks</source>
        <translation>所有面板所看的行</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>row %1 of 0–%2, %3</source>
        <translation>第 %1 行（0–%2），%3</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PolicyForm</name>
    <message>
        <source>
Default: %1</source>
        <translation>
默认值：%1</translation>
    </message>
    <message>
        <source>
Takes the place of: %1</source>
        <translation>
替代：%1</translation>
    </message>
    <message>
        <source>Choose a file for %1</source>
        <translation>为 %1 选择文件</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>%1 of the policy</source>
        <translation>策略的 %1</translation>
    </message>
    <message>
        <source>not given, or as 2GiB</source>
        <translation>未给出，或写成 2GiB</translation>
    </message>
    <message>
        <source>%1 (default)</source>
        <translation>%1（默认）</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PolicyPanel</name>
    <message>
        <source>Reset to defaults</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>Give no parameter: every default holds</source>
        <translation>不给出任何参数：全部采用默认值</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>策略</translation>
    </message>
    <message>
        <source>policy %1</source>
        <translation>策略 %1</translation>
    </message>
    <message>
        <source>policy defaults</source>
        <translation>策略默认值</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>策略</translation>
    </message>
    <message>
        <source>Which entries are evicted, and when</source>
        <translation>淘汰哪些条目，以及何时淘汰</translation>
    </message>
    <message>
        <source>%1 (needs a trace)</source>
        <translation>%1（需要录制）</translation>
    </message>
    <message>
        <source>%1 (in replays only)</source>
        <translation>%1（仅用于重放）</translation>
    </message>
    <message>
        <source>Asks what no running model knows: for replays of traces only.</source>
        <translation>它要用运行中的模型无法知道的信息：只能用于重放录制。</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::ScenarioPanel</name>
    <message>
        <source>%1 (as recorded)</source>
        <translation>%1（与录制相同）</translation>
    </message>
    <message>
        <source>as recorded</source>
        <translation>与录制相同</translation>
    </message>
    <message>
        <source>%1 (default)</source>
        <translation>%1（默认）</translation>
    </message>
    <message>
        <source>A trace is replayed with the prompt that it recorded.</source>
        <translation>录制按它录下的提示重放。</translation>
    </message>
    <message>
        <source>The published closed forms know no bytes: choose exact accounting.</source>
        <translation>论文发表的闭式公式不计算字节：请选择精确统计。</translation>
    </message>
    <message>
        <source>Only with a device: choose one first.</source>
        <translation>需要设备：请先选择一种。</translation>
    </message>
    <message>
        <source>Entries were evicted while the trace was recorded: it replays the recorded policy, chunk and last prompt token only.</source>
        <translation>录制时已经淘汰了条目：它只能按录制的策略、分块大小和最后一个提示词元的方式重放。</translation>
    </message>
    <message>
        <source>%1.
The trace has votes for chunks of %2; policies without a voting window can have other multiples of %3.</source>
        <translation>%1。
这个录制含有分块大小为 %2 的投票；没有投票窗口的策略可以用 %3 的其他倍数。</translation>
    </message>
    <message>
        <source>rectangular</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>per query head</source>
        <translation>每个查询头一份</translation>
    </message>
    <message>
        <source>pages of %1</source>
        <translation>每页 %1</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>published closed forms</source>
        <translation>论文闭式公式</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>策略</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Counting</source>
        <translation>统计方式</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Prompt tokens: 4096, 32K or 1M</source>
        <translation>提示的词元数：4096、32K 或 1M</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Output tokens, one decode row each</source>
        <translation>输出的词元数，每个是一个解码行</translation>
    </message>
    <message>
        <source>Chunk</source>
        <translation>分块大小</translation>
    </message>
    <message>
        <source>Prompt tokens that one pass prefills; all: the whole prompt in one pass</source>
        <translation>一次前向预填充的提示词元数；all：一次前向读入整个提示</translation>
    </message>
    <message>
        <source>whole prompt</source>
        <translation>整个提示</translation>
    </message>
    <message>
        <source>Whole prompt in one pass</source>
        <translation>一次前向读入整个提示</translation>
    </message>
    <message>
        <source>Prefill without chunks</source>
        <translation>预填充时不分块</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Equal requests that run together</source>
        <translation>同时运行的相同请求数</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>页大小</translation>
    </message>
    <message>
        <source>Entries per page of the cache</source>
        <translation>缓存每页的条目数</translation>
    </message>
    <message>
        <source>KV dtype</source>
        <translation>KV 类型</translation>
    </message>
    <message>
        <source>Type of the numbers of K and V</source>
        <translation>K 和 V 的数值类型</translation>
    </message>
    <message>
        <source>Quantised</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Bytes of quantised K and V: KIVI or KVQuant, with parameters such as kivi:bits=2,group=32,residual=128</source>
        <translation>按量化后的 K 和 V 计算字节：KIVI 或 KVQuant，参数如 kivi:bits=2,group=32,residual=128</translation>
    </message>
    <message>
        <source>Index</source>
        <translation>索引</translation>
    </message>
    <message>
        <source>Metadata by which a method selects what a row reads: Quest or MoBA, such as quest:page=16,budget=2048</source>
        <translation>某种方法用来选择每行读取哪些条目的元数据：Quest 或 MoBA，例如 quest:page=16,budget=2048</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>流的分配</translation>
    </message>
    <message>
        <source>Whether every stream takes its own pages, or as many as the largest of its layer</source>
        <translation>每条流各自占用所需的页，还是都按本层最大的流占用</translation>
    </message>
    <message>
        <source>ragged</source>
        <translation>不等长</translation>
    </message>
    <message>
        <source>Copies</source>
        <translation>副本</translation>
    </message>
    <message>
        <source>One K and V per KV head, or per query head</source>
        <translation>每个 KV 头一份 K 和 V，还是每个查询头一份</translation>
    </message>
    <message>
        <source>per KV head</source>
        <translation>每个 KV 头一份</translation>
    </message>
    <message>
        <source>Open a device description</source>
        <translation>打开设备描述</translation>
    </message>
    <message>
        <source>Device descriptions (*.yaml *.yml);;All files (*)</source>
        <translation>设备描述 (*.yaml *.yml);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Times and the whole memory on this device</source>
        <translation>在这个设备上的时间和总内存</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Type of weights and activations</source>
        <translation>权重和激活的类型</translation>
    </message>
    <message>
        <source>Logits</source>
        <translation>Logits</translation>
    </message>
    <message>
        <source>Rows of a pass that get logits</source>
        <translation>一次前向中计算 logits 的行</translation>
    </message>
    <message>
        <source>of the last row</source>
        <translation>最后一行</translation>
    </message>
    <message>
        <source>of all rows</source>
        <translation>所有行</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>Exact: what the decisions leave resident; paper: the published closed forms</source>
        <translation>精确：按淘汰决定之后实际驻留的条目；论文：论文发表的闭式公式</translation>
    </message>
    <message>
        <source>paper</source>
        <translation>论文</translation>
    </message>
    <message>
        <source>Last token</source>
        <translation>最后一个提示词元</translation>
    </message>
    <message>
        <source>Whether the last prompt token is prefilled, or is the first decode row</source>
        <translation>最后一个提示词元是预填充，还是作为第一个解码行</translation>
    </message>
    <message>
        <source>is prefilled</source>
        <translation>预填充</translation>
    </message>
    <message>
        <source>is decoded</source>
        <translation>解码</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Of policies that choose heads by hash</source>
        <translation>供按哈希选择头的策略使用</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Section</name>
    <message>
        <source>%1, section</source>
        <translation>%1，分节</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::SliderField</name>
    <message>
        <source>%1, slider</source>
        <translation>%1，滑块</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::SourcePanel</name>
    <message>
        <source>Sha&amp;pe</source>
        <translation>形状(&amp;P)</translation>
    </message>
    <message>
        <source>Count entries of a model and a prompt length, without attention</source>
        <translation>按模型和提示长度统计条目，不含注意力</translation>
    </message>
    <message>
        <source>&amp;Trace</source>
        <translation>录制(&amp;T)</translation>
    </message>
    <message>
        <source>Decide on the attention that a run has recorded</source>
        <translation>根据一次运行录制的注意力做决定</translation>
    </message>
    <message>
        <source>Model shape</source>
        <translation>模型形状</translation>
    </message>
    <message>
        <source>Published models; … opens a config.json of another</source>
        <translation>已发布的模型；“…”打开其他模型的 config.json</translation>
    </message>
    <message>
        <source>Open a config.json</source>
        <translation>打开 config.json</translation>
    </message>
    <message>
        <source>Model configurations (*.json);;All files (*)</source>
        <translation>模型配置 (*.json);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Trace file</source>
        <translation>录制文件</translation>
    </message>
    <message>
        <source>Open a trace</source>
        <translation>打开录制</translation>
    </message>
    <message>
        <source>shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Traces (*.h5);;All files (*)</source>
        <translation>录制 (*.h5);;所有文件 (*)</translation>
    </message>
    <message>
        <source>source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>recorded policy</source>
        <translation>录制的策略</translation>
    </message>
    <message>
        <source>%1 layers · %2 KV heads of %3 query heads · %4 per token</source>
        <translation>%1 层 · %2 个 KV 头，%3 个查询头 · 每个词元 %4</translation>
    </message>
    <message>
        <source>Reading the trace…</source>
        <translation>正在读取录制……</translation>
    </message>
    <message>
        <source>%1 · %2 layers, %3 KV heads · prompt %4, output %5 · %6</source>
        <translation>%1 · %2 层，%3 个 KV 头 · 提示 %4，输出 %5 · %6</translation>
    </message>
    <message>
        <source>every row of attention</source>
        <translation>逐行的注意力</translation>
    </message>
    <message>
        <source>attention in blocks</source>
        <translation>按块的注意力</translation>
    </message>
    <message>
        <source>Recorded while %1 evicted: only that can be replayed.</source>
        <translation>录制时 %1 已在淘汰：只能重放这一策略。</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>采用</translation>
    </message>
    <message>
        <source>none opened yet</source>
        <translation>尚未打开</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::StateMapControls</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layer whose stream is shown</source>
        <translation>显示哪一层的流</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>头</translation>
    </message>
    <message>
        <source>Head whose stream is shown: each has a cache of its own</source>
        <translation>显示哪个头的流：每个头有各自的缓存</translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation>层(&amp;L)</translation>
    </message>
    <message>
        <source>KV hea&amp;d</source>
        <translation>KV 头(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;All streams</source>
        <translation>所有流(&amp;A)</translation>
    </message>
    <message>
        <source>The mean over every layer and head</source>
        <translation>对所有层和头取平均</translation>
    </message>
    <message>
        <source>Attenti&amp;on</source>
        <translation>注意力(&amp;O)</translation>
    </message>
    <message>
        <source>Largest</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>均值</translation>
    </message>
    <message>
        <source>Attention of a pixel</source>
        <translation>一个像素的注意力</translation>
    </message>
    <message>
        <source>Where a pixel covers several entries: the largest, or their mean</source>
        <translation>一个像素覆盖多个条目时：取最大值，或取均值</translation>
    </message>
    <message>
        <source>Query hea&amp;d</source>
        <translation>查询头(&amp;D)</translation>
    </message>
    <message>
        <source>Attention is recorded in traces; a shape has none</source>
        <translation>注意力录在录制中；形状没有注意力</translation>
    </message>
    <message>
        <source>Attention is shown for one stream: the mean over all layers and heads looks like none of them. Untick All streams, or choose a cell in Heads.</source>
        <translation>注意力只对单条流显示：所有层和头的均值与其中任何一条都不相像。请取消“所有流”，或在“头”面板中选择一格。</translation>
    </message>
    <message>
        <source>The recorded attention of each row, mean over the query heads that share the stream</source>
        <translation>每一行录制的注意力，对共用这条流的查询头取平均</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::StateMapPlot</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>from %1 (faint) to %2 (full), logarithmic</source>
        <translation>从 %1（淡）到 %2（最浓），对数刻度</translation>
    </message>
    <message>
        <source>Ink: attention, the largest of a pixel&apos;s entries, %1</source>
        <translation>墨色：注意力，取像素内各条目的最大值，%1</translation>
    </message>
    <message>
        <source>Ink: attention, the mean of a pixel&apos;s entries, %1</source>
        <translation>墨色：注意力，取像素内各条目的平均值，%1</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::StateMapView</name>
    <message>
        <source>State map</source>
        <translation>状态图</translation>
    </message>
    <message>
        <source>Map of rows and keys</source>
        <translation>行与键的图</translation>
    </message>
    <message>
        <source>Entry</source>
        <translation>条目</translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape and a policy that does not look at attention, to see which keys stay.</source>
        <translation>请打开录制文件，或选择一种形状和一个不看注意力的策略，以便查看哪些键留下。</translation>
    </message>
    <message>
        <source>Live, inactive and evicted entries, rows downwards and keys to the right. Wheel or + and - zoom, F fits, Shift with arrows pans. A click or arrows choose row and key, Esc no key. The words below the map say what became of the entry.</source>
        <translation>存活、不活跃和已淘汰的条目，行向下，键向右。滚轮或 + 和 - 缩放，F 显示全部，Shift 加方向键平移。单击或方向键选择行和键，Esc 取消键的选择。图下方的文字说明该条目的去向。</translation>
    </message>
    <message>
        <source>Point at an entry to read what became of it. The wheel zooms, dragging pans, a click or the arrow keys choose row and key.</source>
        <translation>把指针移到一个条目上，即可读到它的去向。滚轮缩放，拖动平移，单击或方向键选择行和键。</translation>
    </message>
    <message>
        <source>Working out which keys stay</source>
        <translation>正在计算哪些键留下</translation>
    </message>
    <message>
        <source>Still the map of %1. Working out which keys stay now.</source>
        <translation>仍是 %1 的状态图。正在计算现在保留哪些键。</translation>
    </message>
    <message>
        <source> · attention of single entries: of runs up to %1 rows only</source>
        <translation> · 单个条目的注意力只在不超过 %1 行的运行中给出</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TimelinePanel</name>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>Whole memory</source>
        <translation>总内存</translation>
    </message>
    <message>
        <source>What the timeline shows</source>
        <translation>时间线显示的内容</translation>
    </message>
    <message>
        <source>The cache alone, or weights, activations, workspace and logits too, at the fullest moment of each pass; that needs a device</source>
        <translation>只显示缓存，或者连同权重、激活、工作区和 logits，取每次前向中内存最满的时刻；后者需要设备</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Percent</source>
        <translation>百分比</translation>
    </message>
    <message>
        <source>Entries</source>
        <translation>条目数</translation>
    </message>
    <message>
        <source>Entries per stream</source>
        <translation>每条流的条目数</translation>
    </message>
    <message>
        <source>Unit of the timeline</source>
        <translation>时间线的单位</translation>
    </message>
    <message>
        <source>What the timeline counts; percent is of full attention&apos;s cache at the end</source>
        <translation>时间线统计的量；百分比相对于完整注意力结束时的缓存</translation>
    </message>
    <message>
        <source>over rows</source>
        <translation>按行</translation>
    </message>
    <message>
        <source>over seconds</source>
        <translation>按秒</translation>
    </message>
    <message>
        <source>Axis of the timeline</source>
        <translation>时间线的横轴</translation>
    </message>
    <message>
        <source>Rows are the clock of the footprint; seconds need a device</source>
        <translation>KV 占用按行计时；按秒显示需要选择设备</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Show the whole run (F, or double click)</source>
        <translation>显示整次运行（F，或双击）</translation>
    </message>
    <message>
        <source>Numbers at the row</source>
        <translation>该行的数值</translation>
    </message>
    <message>
        <source>   at %1</source>
        <translation>   时刻 %1</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>解码</translation>
    </message>
    <message>
        <source>Show the decode rows alone (D)</source>
        <translation>只显示解码行 (D)</translation>
    </message>
    <message>
        <source>row %1:  live %2   inactive %3   evicted %4   %5 in whole pages</source>
        <translation>第 %1 行：  存活 %2   不活跃 %3   已淘汰 %4   %5（按整页计）</translation>
    </message>
    <message>
        <source>   bytes of all %1 requests</source>
        <translation>   字节为全部 %1 个请求之和</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TimelineView</name>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see what stays resident.</source>
        <translation>请打开录制文件，或选择一种形状，以便查看什么一直驻留。</translation>
    </message>
    <message>
        <source>Live, inactive and evicted entries over rows. Wheel or + and - zoom, F fits, D shows decode, Shift with arrows pans. A click or arrows choose the row.</source>
        <translation>各行上存活、不活跃和已淘汰的条目。滚轮或 + 和 - 缩放，F 显示全部，D 显示解码，Shift 加方向键平移。单击或方向键选择行。</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TokenFind</name>
    <message>
        <source>Find in the text</source>
        <translation>在文本中查找</translation>
    </message>
    <message>
        <source>Words to find</source>
        <translation>要查找的文字</translation>
    </message>
    <message>
        <source>Hits</source>
        <translation>匹配</translation>
    </message>
    <message>
        <source>Previous hit</source>
        <translation>上一处匹配</translation>
    </message>
    <message>
        <source>Previous hit (Shift+Enter)</source>
        <translation>上一处匹配（Shift+Enter）</translation>
    </message>
    <message>
        <source>Next hit</source>
        <translation>下一处匹配</translation>
    </message>
    <message>
        <source>Next hit (Enter or F3)</source>
        <translation>下一处匹配（Enter 或 F3）</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>No more hits (Esc)</source>
        <translation>结束查找（Esc）</translation>
    </message>
    <message>
        <source>not in the text</source>
        <translation>文本中没有</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>第 %1 处，共 %2 处</translation>
    </message>
    <message>
        <source>hits: %1</source>
        <translation>匹配 %1 处</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TokenLegend</name>
    <message>
        <source>Legend</source>
        <translation>图例</translation>
    </message>
    <message>
        <source>The colour says how many of the rows that could see the token still found it. Struck out: no stream that is looked at holds it at the chosen row any more. Faint: the row has not come to it yet.</source>
        <translation>颜色表示本可看到该词元的行中，有多少仍能找到它。删除线：所看的流在所选行都已不再持有它。颜色浅淡：所选行还没有读到它。</translation>
    </message>
    <message>
        <source>lives 0 %</source>
        <translation>存活 0 %</translation>
    </message>
    <message>
        <source>100 %</source>
        <translation>100 %</translation>
    </message>
    <message>
        <source>evicted</source>
        <translation>已淘汰</translation>
    </message>
    <message>
        <source>to come</source>
        <translation>尚未到来</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TokensView</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Text of the trace</source>
        <translation>录制的文本</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>该词元的存活情况</translation>
    </message>
    <message>
        <source>Open a trace to read its text and how long each token stays.</source>
        <translation>请打开录制文件，以便阅读它的文本，并查看每个词元留存多久。</translation>
    </message>
    <message>
        <source>A shape alone has no text. Open a trace to read it, each token shaded by how long it stays.</source>
        <translation>只有形状时没有文本。请打开录制文件来阅读，每个词元按留存多久着色。</translation>
    </message>
    <message>
        <source>output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Reading the text…</source>
        <translation>正在读取文本……</translation>
    </message>
    <message>
        <source>Go to the next stretch of this kind</source>
        <translation>转到下一段这类文本</translation>
    </message>
    <message>
        <source>Mean of %1 streams</source>
        <translation>%1 条流的均值</translation>
    </message>
    <message>
        <source>Layer %1, head %2</source>
        <translation>第 %1 层，头 %2</translation>
    </message>
    <message>
        <source>Position %1, “%2”</source>
        <translation>位置 %1，“%2”</translation>
    </message>
    <message>
        <source> (%1)</source>
        <translation>（%1）</translation>
    </message>
    <message>
        <source>: lives %1 of %2 rows (%3)</source>
        <translation>：在 %2 行中存活 %1 行（%3）</translation>
    </message>
    <message>
        <source>: lives %1 of %2 rows on average (%3)</source>
        <translation>：在 %2 行中平均存活 %1 行（%3）</translation>
    </message>
    <message>
        <source>; row %1 comes before it</source>
        <translation>；第 %1 行在它之前</translation>
    </message>
    <message>
        <source>; resident at row %1</source>
        <translation>；在第 %1 行驻留</translation>
    </message>
    <message>
        <source>; evicted by row %1</source>
        <translation>；到第 %1 行时已被淘汰</translation>
    </message>
    <message>
        <source>; at row %1 resident in %2 of %3 streams</source>
        <translation>；在第 %1 行，%3 条流中有 %2 条驻留</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>; resident at row %1: </source>
        <translation>；在第 %1 行仍驻留：</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>%1 of the %2</source>
        <translation>%2的 %1</translation>
    </message>
    <message>
        <source>The published closed forms know no single keys. Choose exact accounting to see lives.</source>
        <translation>论文发表的闭式公式不涉及单个键。请选择精确统计来查看存活情况。</translation>
    </message>
    <message>
        <source>The run is too long to remember when each key goes.</source>
        <translation>这次运行太长，无法记住每个键何时离开。</translation>
    </message>
    <message>
        <source>The trace keeps no text: the numbers are those of the vocabulary.</source>
        <translation>这个录制没有保存文本：所示数字是词表编号。</translation>
    </message>
    <message>
        <source>Each token is shaded by how long it lives. Click or arrows choose a key, Esc none. Ctrl+F finds words.</source>
        <translation>每个词元按其存活时长着色。单击或方向键选择键，Esc 取消选择。Ctrl+F 查找文字。</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Find words in the text (Ctrl+F)</source>
        <translation>在文本中查找文字（Ctrl+F）</translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TradeOffView</name>
    <message>
        <source>Trade-off</source>
        <translation>权衡</translation>
    </message>
    <message>
        <source>Open a trace to see what a smaller footprint costs in attention mass.</source>
        <translation>请打开录制文件，以便查看更小的占用要损失多少注意力。</translation>
    </message>
    <message>
        <source>Replaying other budgets …</source>
        <translation>正在重放其他预算……</translation>
    </message>
    <message>
        <source>%1 has no budget; choose a policy that evicts to see its curve</source>
        <translation>%1 没有预算；请选择会淘汰的策略来查看曲线</translation>
    </message>
    <message>
        <source>90 % of full attention&apos;s mass at a footprint of %1</source>
        <translation>占用为 %1 时保留完整注意力的 90 %</translation>
    </message>
    <message>
        <source>The published closed forms know neither attention nor bytes. Choose exact accounting.</source>
        <translation>论文发表的闭式公式既不涉及注意力，也不计算字节。请选择精确统计。</translation>
    </message>
    <message>
        <source>current: %1</source>
        <translation>当前：%1</translation>
    </message>
    <message>
        <source>full attention</source>
        <translation>完整注意力</translation>
    </message>
    <message>
        <source>90 % of full attention&apos;s</source>
        <translation>完整注意力的 90 %</translation>
    </message>
    <message>
        <source>Footprint against retained mass</source>
        <translation>占用与注意力保留率</translation>
    </message>
    <message>
        <source>Footprint against peak memory (a trace gives retained mass)</source>
        <translation>占用与峰值内存（有录制时为注意力保留率）</translation>
    </message>
    <message>
        <source>Load a point of the trade-off</source>
        <translation>载入权衡图上的点</translation>
    </message>
    <message>
        <source>%1 left out: %2</source>
        <translation>略去 %1 个：%2</translation>
    </message>
    <message>
        <source>Footprint against retained mass, a point per scenario. Arrows go from point to point, Enter loads one. Wheel or + and - zoom, F fits, Shift with arrows pans.</source>
        <translation>占用与注意力保留率，每个场景一个点。方向键在点之间移动，Enter 载入一个点。滚轮或 + 和 - 缩放，F 显示全部，Shift 加方向键平移。</translation>
    </message>
</context>
</TS>
