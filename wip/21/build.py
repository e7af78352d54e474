import json, re, copy
P='/tmp/w15/chapters/21-text-generation.ipynb'
O='/tmp/me21/old.ipynb'
import os, subprocess
if not os.path.exists(O):
    open(O,'w').write(open(P).read())
nb=json.load(open(O)); old={c['id']:c for c in nb['cells']}
new=[]; used=set()
def src(s): 
    s=s.strip('\n'); L=s.split('\n'); return [l+'\n' for l in L[:-1]]+[L[-1]]
def md(id,s,tags=None):
    c={"cell_type":"markdown","id":id,"metadata":({"tags":tags} if tags else {}),"source":src(s)}; new.append(c); assert id not in used,id; used.add(id)
def code(id,s,tags=None,alt=None):
    m={}
    if alt: m["mystnb"]={"image":{"alt":alt}}
    if tags: m["tags"]=tags
    c={"cell_type":"code","execution_count":None,"id":id,"metadata":m,"outputs":[],"source":src(s)}; new.append(c); assert id not in used,id; used.add(id)
def keep(id,**edits):
    c=copy.deepcopy(old[id]); s=''.join(c['source'])
    for a,b in edits.get('sub',[]):
        assert a in s,(id,a); s=s.replace(a,b)
    c['source']=src(s)
    if c['cell_type']=='code': c['outputs']=[]; c['execution_count']=None
    if 'tags' in edits: c['metadata']['tags']=edits['tags']
    new.append(c); assert id not in used,id; used.add(id)
T='21-text-generation-'
exec(open('/tmp/me21/content.py').read())
nb['cells']=new
json.dump(nb,open(P,'w'),indent=1,ensure_ascii=False); open(P,'a').write('\n')
