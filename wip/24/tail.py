SUMMARY = r'''
## Summary

- In Keras, `TextVectorization` puts the vocabulary into the model: the model takes text, and one file holds all. In PyTorch the vocabulary is a dictionary that is saved beside the weights.
- A vocabulary comes from the training part. Unknown words have a number, and the network learns what they are worth.
- Padding is not read: packed in PyTorch, masked in Keras. Outputs and gradients do not change with the amount of padding. By the last column, `out[:, -1]`, all short sentences come to look alike.
- On three thousand short reviews, counting pieces of words beats the LSTMs and GRUs of this chapter. Models are compared on the same sentences, by those that only one of them has right.
- The GRU comes closer to counting where a negation stands, but it does so with shuffled words as well. So that is no sign that it reads the negation.
- On twins with the same words and opposite labels, every bag of words is right on exactly half, and a network that carries a state on nearly all.
- An LSTM and a GRU, trained jointly, are not ahead of a wider GRU, nor of the mean of two GRUs.
- Leaving words out shows what a logit depends on, and not why.
'''
KERAS_READING = KERAS_READING_TEXT if 'KERAS_READING_TEXT' in dir() else "TODO"
old_cells = old['cells']
tail = json.loads(json.dumps(old_cells[90:]))
first = ''.join(tail[0]['source'])
tail[0]['source'] = lines("## Exercises" + first.split("## Exercises",1)[1])
def sub(index, *pairs):
    c = tail[index-90]; s=''.join(c['source'])
    for a,b in pairs:
        assert a in s, (index,a)
        s=s.replace(a,b)
    c['source']=lines(s)
sub(102, ("with the network that was trained on them, `made_reader`", "with the network that was trained on them: `logits(made_gru, made_words, [sentence])[0]` is the score of one"))
sub(106, ("mcnemar((scores[best] > 0) == labels, (gru > 0) == labels)", 'right = [(scores[k] > 0) == labels for k in (best, "GRU, PyTorch")]\nmcnemar(*right)'))
sub(120, ()) if False else None
sub(125, ('''n = np.array([6, 2, 4])
with torch.no_grad():
    h, last = read(two_way, torch.randn(3, 6, 4), n)
assert np.allclose(both_ends(h.numpy(), n), last)''','''n = torch.tensor([6, 2, 4])
layer = nn.GRU(4, 3, batch_first=True, bidirectional=True)
packed = pack_padded_sequence(
    torch.randn(3, 6, 4), n, batch_first=True, enforce_sorted=False
)
with torch.inference_mode():
    h, ends = layer(packed)
h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, batch_first=True)
assert np.allclose(both_ends(h.numpy(), n.numpy()), torch.cat([*ends], -1))'''))
sub(127, ("rows = {}\nfor sentence in new[:4]:","from rnnbook.data.twins import BAD, GOOD\n\nrows = {}\nfor sentence in new[:4]:"), ("return float(score_of(made_reader, made_words, [sentence])[0])","return float(logits(made_gru, made_words, [sentence])[0])"))
sub(128, ("It is the good one if the label is praise, and the bad one if it is blame.","It is the good one if the label is 1, and the bad one if it is 0."))
sub(129, ("made_score = partial(score_of, made_reader, made_words)\n\n\n",""),
    ('''    of_word = dict(zip(sentence, occlusion(made_score, sentence), strict=True))
''','''    parts = occlusion(made_gru, made_words, sentence)
    of_word = dict(zip(sentence, parts, strict=True))
'''))
sub(133, ('right = [(s > 0) == labels for s in (scores[best], gru)]','right = [(scores[k] > 0) == labels for k in (best, "GRU, PyTorch")]'))
c=tail[135-90]; s=''.join(c['source'])
k=s.index("def log_odds"); e=s.index("mean = log_odds")
s='''from scipy.stats import binomtest


def differing(a, b, labels):
    """How many sentences only a has right, and how many only b."""
    right_a, right_b = (a > 0) == labels, (b > 0) == labels
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


'''+s[e:].replace("mean = log_odds(scores[best]) + gru",'mean = scores[best] + scores["GRU, PyTorch"]').replace("accuracy(mean)","accuracy(mean, labels)")
s=s.replace('splits = zip(rows.gained, rows.lost, strict=True)\nrows["p"] = [f"{p_value(a, b):.1g}" for a, b in splits]','splits = zip(rows.gained.astype(int), rows.lost.astype(int))\nrows["p"] = [f"{binomtest(int(a), int(a + b)).pvalue:.1g}" for a, b in splits]')
s=s.replace('rows.rename(columns=spaced).astype','rows.astype')
c['source']=lines(s); c['metadata']['tags']=['solution','listing:experiments.text_classification_readers.differing']
sub(130, ("evidence.table(ORDER, forms, by=\"model\").rename(columns=spaced)","evidence.table(ORDER, forms, by=\"model\")"))
sub(136, ('left = made.groupby("model")','made = evidence.load(ORDER)\nleft = made.groupby("model")'))
q = [i for i,c in enumerate(tail) if 'quiz' in c['metadata'].get('tags',[])][-1]
tail.insert(q+1, {"cell_type":"markdown","metadata":{"tags":["quiz"]},"source":lines(r'''
**7.** In sentences with a negation a GRU comes three points closer to a counting model than elsewhere. You train it again with the words of every sentence shuffled, and it still comes nearly as close. What follows?

<details class="choice wrong"><summary>The GRU has learned what a negation does to the next word.</summary>

With shuffled words there is no next word to learn about, and the effect is still there.

</details>
<details class="choice right"><summary>The order is not the main cause: the effect is there without it.</summary>

Right. Where the cause is taken away and the effect stays, it was another cause.

</details>
<details class="choice wrong"><summary>Shuffling the words does no harm to any recurrent network.</summary>

On the twin sentences it would take everything away. It depends on what the data ask for.

</details>
''')})
for c in cells:
    s=''.join(c['source'])
    if s.strip()=='SUMMARY': c['source']=lines(SUMMARY)
    if s.strip()=='KERAS_READING': c['source']=lines(open('/tmp/w15_24/keras_reading.txt').read())
# the hidden cells stand before the summary
i=[k for k,c in enumerate(cells) if ''.join(c['source']).startswith('## Summary')][0]
summary=cells.pop(i); cells.append(summary)
for k,c in enumerate(cells): c['id']=f"24-text-classification-s{k:03d}"
for k,c in enumerate(tail):
    c.setdefault('id', f"24-text-classification-q7")
    if c['cell_type']=='code': c['outputs']=[]; c['execution_count']=None
    c['metadata'].get('tags')
nb=dict(old); nb['cells']=[{**{k:c[k] for k in ('cell_type',)}, **({'execution_count':None} if c['cell_type']=='code' else {}), 'id':c['id'],'metadata':c['metadata'], **({'outputs':[]} if c['cell_type']=='code' else {}), 'source':c['source']} for c in cells+tail]
open(P,'w').write(json.dumps(nb,indent=1,ensure_ascii=False)+'\n')
