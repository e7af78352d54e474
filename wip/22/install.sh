#!/bin/bash
# after /tmp/w22/RAN exists: the new chapter, its checks and experiments into /tmp/w15
T=/tmp/w22/tree
cp $T/chapters/22-mnist-rows.ipynb /tmp/w15/chapters/
cp $T/rnnbook/checks/pages/c22_mnist_rows.py /tmp/w15/rnnbook/checks/pages/
for n in cells epochs parts photos; do
 cp $T/experiments/mnist_rows_$n.py /tmp/w15/experiments/
 cp $T/experiments/results/mnist_rows_$n.json /tmp/w15/experiments/results/
done
