import os,sys
sys.path.insert(0,'/tmp/w13/tests'); os.chdir('/tmp/w13/chapters')
import nbformat, re
import test_starters as T
stored={}
for p in sorted((T.ROOT/'chapters').glob('*.ipynb')):
    nb=nbformat.read(p,as_version=4)
    for i,c in enumerate(nb.cells):
        if c.cell_type=='code' and 'solution' not in c.metadata.get('tags',[]):
            m=re.search(r'^check\("([\w.]+)", ',c.source,re.M)
            for o in c.outputs:
                t=o.get('data',{}).get('text/markdown')
                if m and t: stored[p.stem,m[1]]=(i,c.get('id'),t)
for one in T.ALL:
    if (one.page,one.name) in stored:
        r=T.said(one); i,cid,old=stored[one.page,one.name]
        if r.message!=old: print('##',one.page,'cell',i,cid,one.name,'|',r.mistake or r.remark); print('   old:',old.replace('\n\n',' | ')[-200:]); print('   new:',r.message.replace('\n\n',' | ')[:260])
