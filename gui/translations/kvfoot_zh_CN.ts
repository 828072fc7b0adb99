<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>HeadsWords</name>
    <message>
        <source>Kept share at the row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Footprint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Retained attention mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention entropy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries that the stream holds at the chosen row, over the tokens so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Most entries that the stream holds at any row.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries that the stream holds, summed over all rows, over what full attention would hold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of full attention&apos;s softmax that lies on resident entries, mean over rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How spread out the recorded attention is: mean over rows of -sum p log2 p. Low: a few keys get it all. It belongs to the trace and does not depend on the policy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept of the tokens so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Retained mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entropy in bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms know no single heads. Choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This measure looks at recorded attention. Open a trace to see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the evicted entries would have received is not in this trace, because it was recorded while a policy evicted. Open a trace of a run with the full cache.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Query head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 tokens, %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 entries at the peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>footprint %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of the attention mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 bits, as of %2 keys that share evenly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The trace keeps no row apart, so that nothing is known.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All %1 streams: %2 on average; %3 keep everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All %1 streams: %2 on average</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Metric</name>
    <message>
        <source> pp</source>
        <comment>percentage points</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StateMap</name>
    <message>
        <source>prefill pass %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>decode pass %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Row %1%2 (%3) · key %4%5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>after row %1 (end of %2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: the layer slides and holds its last %2 entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 by %2, which kept %3 of %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>below 0.01 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: a row does not see keys that come after it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>live; evicted later, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>live, and kept to the end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>inactive: resident, outside the window of this row; evicted later, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>after the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>evicted %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · attention %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, inactive in %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: live in %1%2, evicted in %3 of %4 streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key position</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Row (query position)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, query head %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, KV head %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of all %1 streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which keys %1 keeps depends on attention, and a shape has none. Open a trace, or choose a policy that does not look at attention, such as streaming or duo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What every stream of this run keeps would take more than a gigabyte. Choose a shorter output, or a trace of a shorter prompt.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms know no keys. Choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::CompareTable</name>
    <message>
        <source>%1 (%2)</source>
        <comment>absolute, relative difference</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, difference %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run cannot know it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 in result files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>current</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::CompareView</name>
    <message>
        <source>Comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparison tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit of the timelines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the timelines count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries per stream</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cautions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics of the compared scenarios</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the current scenario to compare others with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop the chosen column from the comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop every pinned scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the chosen column the current scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the other columns with the chosen one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the selected cells, or else the whole table, in full precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same with commas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape. Then pin the scenario and change it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin this scenario, then change it: the two stand side by side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This scenario is pinned. Change it: the two stand side by side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mind: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a compared scenario</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::EquationWidget</name>
    <message>
        <source>Equation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::ErrorLabel</name>
    <message>
        <source>Error: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Field</name>
    <message>
        <source>Not given: the default</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::FormulaTable</name>
    <message>
        <source>prefill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>decode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %2</source>
        <comment>phase, pass</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %2–%3</source>
        <comment>phase, first to last pass</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows [a, b)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>b − a</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Survivors R</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Survivors R, mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contribution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows of a pass; &quot;100 × 1&quot; are 100 passes of one row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries of a stream that survived to the pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(b − a) R + tri(b − a)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(b − a) R + tri(b − a), summed over all streams</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::FormulaView</name>
    <message>
        <source>Formula of the footprint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the formula says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sum over all streams again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Terms of the sum, a pass or a run of passes each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see its footprint term by term.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The footprint of %1 comes from the published closed form, which counts no passes. Choose exact accounting to see its terms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>passes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1, head %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>footprint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A pass over the rows [&lt;i&gt;a&lt;/i&gt;, &lt;i&gt;b&lt;/i&gt;) sees the &lt;i&gt;R&lt;/i&gt; entries that survived to it, and its own keys up to each row: tri(&lt;i&gt;x&lt;/i&gt;) = &lt;i&gt;x&lt;/i&gt; (&lt;i&gt;x&lt;/i&gt; + 1) / 2. &lt;i&gt;N&lt;/i&gt; = %1 rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The footprint, %1, is the mean of this share over %2 streams.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&lt;i&gt;S&lt;/i&gt; = %1 streams: %2 layers with %3 heads each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 patch rows are no rows of the run and count nothing here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::HeadsPlot</name>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::HeadsView</name>
    <message>
        <source>Heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers and heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One cell per stream. Click chooses a stream, click again or Esc chooses all; arrows move the choice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure that colours the heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value of the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colou&amp;r by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see which heads keep what.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept share at row %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, %2 %3: %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonEntry</name>
    <message>
        <source>Open this lesson</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonPage</name>
    <message>
        <source>All lessons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step of the lesson</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text of the step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The step before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Show me</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replay the scenario of this step and go to what it is about</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;inish</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to all lessons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finish</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonPanel</name>
    <message>
        <source>Lessons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lessons cannot be read: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each lesson takes a few minutes. It replays scenarios in this window, asks, and lets the simulator answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start all over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget which questions have been answered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 answered</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonQuestionBox</name>
    <message>
        <source>Question.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the simulator whether this is right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the simulator says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenarios of this question cannot be replayed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be checked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not quite.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right: the simulator says %1 %2.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::LessonShow</name>
    <message>
        <source>lesson</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MainWindow</name>
    <message>
        <source>A scenario was not saved when the program ended: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs of the scenario file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run of the scenario file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The runs of the opened file; it is empty while a changed one is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run of the scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop this replay; the old picture stays</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>footprint %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>peak KV %1 layer by layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 a pass at a time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>peak memory %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>retained mass %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TTFT %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TPOT %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace or a scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Traces and scenarios (*.h5 *.hdf5 *.yaml *.yml);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenarios (*.yaml)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save &amp;as...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the picture, or the timeline&apos;s numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures (*.png *.svg *.pdf);;Numbers (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;load</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as &amp;command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pin this scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin &amp;all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This program was built without Qt&apos;s linguist tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Lessons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About kvfoot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About kvfoot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&lt;b&gt;%1&lt;/b&gt;&lt;p&gt;Which KV entries does an eviction schedule keep, for how long, and what does attention lose?&lt;/p&gt;&lt;p&gt;The metric is the KV footprint of &lt;i&gt;Cache Me If You Can&lt;/i&gt; (arXiv 2506.17121).&lt;/p&gt;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lessons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trade-off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formula</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MassLegend</name>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale of attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of a row&apos;s attention that an entry gets, on a logarithmic scale. Below the left end nothing is drawn.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::MessageBar</name>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::OverlayTimelines</name>
    <message>
        <source>Timelines of the compared scenarios</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is resident over rows, a line per scenario. Wheel or + and - zoom, F fits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin a scenario, then change it: both timelines appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Row (query position)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resident KV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resident entries per stream</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resident entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (no timeline)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms give no timeline. Choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resident over rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PeakBars</name>
    <message>
        <source>Memory at the peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What memory is made of where it peaks, a bar per scenario.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin a scenario, then change it: both peaks appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>workspace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>logits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak KV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>empty in pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms know no bytes. Choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Playback</name>
    <message>
        <source>Playback</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the first row of the pass before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One row back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play the run, or pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One row on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the first row of the next pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The row at which everything looks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prefill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>decode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>  row %1 of %2, %3 pass %4  </source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PolicyForm</name>
    <message>
        <source>
Default: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>
Takes the place of: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a file for %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of the policy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not given, or as 2GiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (default)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::PolicyPanel</name>
    <message>
        <source>Reset to defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give no parameter: every default holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>policy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>policy %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>policy defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Policy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which entries are evicted, and when</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (needs a trace)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (in replays only)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks what no running model knows: for replays of traces only.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::ScenarioPanel</name>
    <message>
        <source>%1 (as recorded)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (default)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A trace is replayed with the prompt that it recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms know no bytes: choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only with a device: choose one first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries were evicted while the trace was recorded: it replays the recorded policy, chunk and last prompt token only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1.
The trace has votes for chunks of %2; policies without a voting window can have other multiples of %3.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rectangular</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>per query head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pages of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>published closed forms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Policy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Storage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt tokens: 4096, 32K or 1M</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output tokens, one decode row each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chunk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt tokens that one pass prefills; all: the whole prompt in one pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>whole prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whole prompt in one pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prefill without chunks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Equal requests that run together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries per page of the cache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV dtype</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type of the numbers of K and V</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quantised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes of quantised K and V: KIVI or KVQuant, with parameters such as kivi:bits=2,group=32,residual=128</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Index</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metadata by which a method selects what a row reads: Quest or MoBA, such as quest:page=16,budget=2048</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether every stream takes its own pages, or as many as the largest of its layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ragged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One K and V per KV head, or per query head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>per KV head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a device description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device descriptions (*.yaml *.yml);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Times and the whole memory on this device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type of weights and activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows of a pass that get logits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of the last row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of all rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exact: what the decisions leave resident; paper: the published closed forms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paper</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether the last prompt token is prefilled, or is the first decode row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is prefilled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is decoded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of policies that choose heads by hash</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::Section</name>
    <message>
        <source>%1, section</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::SliderField</name>
    <message>
        <source>%1, slider</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::SourcePanel</name>
    <message>
        <source>Sha&amp;pe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Count entries of a model and a prompt length, without attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Trace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decide on the attention that a run has recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Published models; … opens a config.json of another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a config.json</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model configurations (*.json);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trace file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Traces (*.h5);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recorded policy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 layers · %2 KV heads of %3 query heads · %4 per token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the trace…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2 layers, %3 KV heads · prompt %4, output %5 · %6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every row of attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>attention in blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded while %1 evicted: only that can be replayed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none opened yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::StateMapView</name>
    <message>
        <source>State map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer whose stream is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Head whose stream is shown: each has a cache of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV hea&amp;d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;All streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mean over every layer and head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attenti&amp;on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention of a pixel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where a pixel covers several entries: the largest, or their mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map of rows and keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Live, inactive and evicted entries, rows downwards and keys to the right. Wheel or + and - zoom, arrows pan, F fits. A click chooses row and key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entry</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape and a policy that does not look at attention, to see which keys stay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Query hea&amp;d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention is recorded in traces; a shape has none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention is shown for one stream: untick All streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded attention of each row, mean over the query heads that share the stream</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at an entry to read what became of it. The wheel zooms, dragging pans, a click chooses row and key.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TimelinePanel</name>
    <message>
        <source>KV cache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whole memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the timeline shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cache alone, or weights, activations, workspace and logits too, at the fullest moment of each pass; that needs a device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Percent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entries per stream</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit of the timeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the timeline counts; percent is of full attention&apos;s cache at the end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>over rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>over seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Axis of the timeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows are the clock of the footprint; seconds need a device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole run (F, or double click)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers at the row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row %1:  live %2   inactive %3   evicted %4   %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>   at %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TimelineView</name>
    <message>
        <source>Timeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Live, inactive and evicted entries over rows. Wheel or + and - zoom, arrows pan, F fits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace, or choose a shape, to see what stays resident.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TokenLegend</name>
    <message>
        <source>Legend</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The colour says how many of the rows that could see the token still found it. Struck out: no stream that is looked at holds it at the chosen row any more. Faint: the row has not come to it yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lives 0 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>100 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>evicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to come</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TokensView</name>
    <message>
        <source>Tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text of the trace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each token is shaded by how long it lives. Click or arrows choose a key, Esc none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace to read its text and how long each token stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A shape alone has no text. Open a trace to read it, each token shaded by how long it stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the text…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the next stretch of this kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of %1 streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, head %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Position %1, “%2”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (%1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: lives %1 of %2 rows (%3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: lives %1 of %2 rows on average (%3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; row %1 comes before it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; resident at row %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; evicted by row %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; at row %1 resident in %2 of %3 streams</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; resident at row %1: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of the %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The published closed forms know no single keys. Choose exact accounting to see lives.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run is too long to remember when each key goes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The trace keeps no text: the numbers are those of the vocabulary.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>kvfoot::gui::TradeOffView</name>
    <message>
        <source>Trade-off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Footprint against retained mass, a point per scenario. Page Up and Page Down go from point to point, Enter loads one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a trace to see what a smaller footprint costs in attention mass.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replaying other budgets …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 has no budget; choose a policy that evicts to see its curve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>90 % of full attention&apos;s mass at a footprint of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>left out %n value(s): %1</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>The published closed forms know neither attention nor bytes. Choose exact accounting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>current: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>full attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>90 % of full attention&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Footprint against retained mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Footprint against peak memory (a trace gives retained mass)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a point of the trade-off</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
