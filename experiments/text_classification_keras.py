"""Does an LSTM beside a GRU help in Keras, in a model that takes sentences as text?

Used by ``24-text-classification``. Written with the functional API and
``TextVectorization``; trained on nine tenths of the training part of the first fold,
stopped by the rest of it, and judged on the third that was held out.
"""

import keras
import tensorflow as tf
from keras import layers
from sklearn.model_selection import StratifiedKFold, train_test_split

from rnnbook.data import DataUnavailable, load_sentences

GRID = [{"model": "LSTM"}, {"model": "GRU"}, {"model": "LSTM and GRU"}]
SEEDS = range(100, 600, 100)
TOLERANCE = {"accuracy": 0.02, "epochs": 2}


def keras_reader(sentences, cells, units=32):
    """A model from text to a probability, with the vocabulary of these sentences."""
    counter = layers.TextVectorization(max_tokens=2000)
    counter.adapt(sentences)
    known = counter.get_vocabulary(include_special_tokens=False)
    text = layers.TextVectorization(vocabulary=known, output_sequence_length=40)
    sentence = keras.Input((), dtype="string")
    numbers = text(sentence)
    e = layers.Embedding(text.vocabulary_size(), 32, mask_zero=True)(numbers)
    e = layers.Dropout(0.3)(e)
    states = [cell(units)(e) for cell in cells]
    h = layers.concatenate(states) if len(cells) > 1 else states[0]
    y_hat = layers.Dense(1, activation="sigmoid")(layers.Dropout(0.3)(h))
    return keras.Model(sentence, y_hat)


def train_keras(model, sentences, labels):
    """What ``fit`` saw; the model is left with the weights of its best epoch."""
    x, x_val, y, y_val = train_test_split(
        sentences, labels, test_size=0.1, stratify=labels, random_state=0
    )
    adam = keras.optimizers.Adam(learning_rate=1e-2)
    model.compile(adam, loss="binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", patience=2, restore_best_weights=True
    )
    options = dict(batch_size=64, epochs=6, callbacks=[stop], verbose=0)
    validation = (tf.constant(x_val), y_val)
    return model.fit(tf.constant(x), y, validation_data=validation, **options)


def predict_keras(model, sentences):
    """The probability of a positive sentiment, for each sentence."""
    return model.predict(tf.constant(sentences), verbose=0)[:, 0]


CELLS = {
    "LSTM": [layers.LSTM],
    "GRU": [layers.GRU],
    "LSTM and GRU": [layers.LSTM, layers.GRU],
}


def run(setting, seed):
    data = load_sentences()
    if data.name != "UCI sentences":
        raise DataUnavailable("The labelled sentences are not there.")
    cut = StratifiedKFold(3, shuffle=True, random_state=0)
    train, test = next(cut.split(data.sentences, data.labels))
    keras.utils.set_random_seed(seed)
    model = keras_reader(data.sentences[train], CELLS[setting["model"]])
    seen = train_keras(model, data.sentences[train], data.labels[train])
    y_hat = predict_keras(model, data.sentences[test])
    return {
        "accuracy": ((y_hat > 0.5) == data.labels[test]).mean(),
        "epochs": len(seen.history["loss"]),
    }
