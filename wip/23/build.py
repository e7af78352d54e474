import json, copy, sys
P='/tmp/w15/chapters/23-stock-prediction.ipynb'
old=json.load(open('/tmp/w15_23/before.ipynb'))
by={c['id']:c for c in old['cells']}
S='23-stock-prediction-'
EX='stock_prediction_'
cells=[]; used=set()
def md(id,src,tags=None):
    id=S+id; assert id not in used,id; used.add(id)
    m={'tags':tags} if tags else {}
    cells.append({'cell_type':'markdown','id':id,'metadata':m,'source':src.strip('\n')})
def code(id,src,tags=(),alt=None):
    if not id.count('-') and len(id)==8 and id in by: pass
    else: id=S+id
    assert id not in used,id; used.add(id)
    m={}
    if tags: m['tags']=list(tags)
    if 'remove-cell' in tags or 'hide-input' in tags: m['jupyter']={'source_hidden':True}
    if alt: m['mystnb']={'image':{'alt':alt}}
    cells.append({'cell_type':'code','id':id,'metadata':m,'execution_count':None,'outputs':[],'source':src.strip('\n')})
def keep(id):
    id=S+id if S+id in by else id
    assert id not in used,id; used.add(id)
    c=copy.deepcopy(by[id]); c['source']=''.join(c['source'])
    if c['cell_type']=='code': c['outputs']=[]; c['execution_count']=None
    cells.append(c)
    return c
def listing(names,*exps): return [f'listing:experiments.{EX}{e}.{n}' for n in names for e in exps]
ALL='horizon inputs interval picture power refit scaler skill stopping'.split()
RET=[e for e in ALL if e not in('picture','scaler')]
exec(open('/tmp/w15_23/body.py').read())
exec(open('/tmp/w15_23/tail.py').read())
nb=copy.deepcopy(old)
for c in cells:
    c['source']=c['source'].splitlines(keepends=True)
nb['cells']=cells
json.dump(nb,open(P,'w'),indent=1,ensure_ascii=False); open(P,'a').write('\n')
print(len(cells))
