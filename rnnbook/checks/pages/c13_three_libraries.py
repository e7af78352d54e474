"""Checks of 13-three-libraries: orders, counts and padding."""

import itertools

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in


def last_valid(h, lengths):
    """The last step of each example that is no padding."""
    return h[np.arange(len(h)), lengths - 1]


def _padded(rng):
    return [
        Case("two lengths", (rng.normal(size=(2, 4, 3)), np.array([4, 2]))),
        Case("a batch", (rng.normal(size=(4, 6, 2)), np.array([3, 6, 1, 5]))),
        Case("B = T", (rng.normal(size=(5, 5, 3)), np.array([2, 4, 3, 5, 4]))),
        Case("all shorter", (rng.normal(size=(3, 6, 4)), np.array([4, 2, 3]))),
    ]


LAST_VALID = "h[np.arange(len(h)), lengths - 1]"

enter(
    Check(
        "shapes.last_valid",
        "13-three-libraries",
        last_valid,
        "h, lengths",
        ("h_last",),
        _padded,
        (
            mistake(
                "lengths_ignored",
                "The last column is taken for all: where an example is shorter, that "
                "is the state after reading padding.",
                LAST_VALID,
                "h[:, -1]",
            ),
            mistake(
                "off_by_one",
                "One step too late: steps are counted from zero, so the last one of "
                "an example stands at one less than its length.",
                "lengths - 1",
                "lengths",
            ),
            mistake(
                "off_by_one_cut_off",
                "One step too late, except where an example fills the array: steps "
                "are counted from zero.",
                "h[np.arange(len(h)), lengths - 1]",
                "h[np.arange(len(h)), np.minimum(lengths, h.shape[1] - 1)]",
            ),
            mistake(
                "one_too_early",
                "One step too early: the last valid step is left out.",
                "lengths - 1",
                "lengths - 2",
            ),
            mistake(
                "all_pairs",
                "Every example was combined with every length. Row and length belong "
                "together, one pair for each example.",
                LAST_VALID,
                "h[:, lengths - 1]",
            ),
            mistake(
                "shortest_for_all",
                "All examples were cut to the shortest.",
                "lengths - 1",
                "lengths.min() - 1",
            ),
            mistake(
                "first_step",
                "That is the first step of each example.",
                "lengths - 1",
                "0 * lengths",
            ),
            mistake(
                "mean_over_valid",
                "That is the mean over the valid steps, a good summary, but not the "
                "last.",
                lambda h, lengths: np.stack(
                    [a[:n].mean(axis=0) for a, n in zip(h, lengths, strict=True)]
                ),
            ),
            mistake(
                "largest_of_valid",
                "That is the largest output over the valid steps. The last one is "
                "wanted, large or small.",
                lambda h, lengths: np.stack(
                    [a[:n].max(axis=0) for a, n in zip(h, lengths, strict=True)]
                ),
            ),
            mistake(
                "one_too_late_from_the_end",
                "One step too late, and where an example fills the array the first "
                "step: from the end, the last step is number -1.",
                "lengths - 1",
                "lengths - h.shape[1]",
            ),
            mistake(
                "length_of_the_first",
                "The length of the first example was used for all.",
                "lengths - 1",
                "0 * lengths + lengths[0] - 1",
            ),
            mistake(
                "longest_for_all",
                "All examples were read at the end of the longest.",
                "lengths - 1",
                "lengths.max() - 1",
            ),
            mistake(
                "last_unit",
                "That is the last unit at every step. The second axis holds the steps.",
                "h[np.arange(len(h)), lengths - 1]",
                "h[:, :, -1]",
            ),
            mistake(
                "counted_from_the_end",
                "The length was counted from the end of the array. The real steps "
                "stand at its beginning.",
                "lengths - 1",
                "-lengths",
            ),
            mistake(
                "sum_over_valid",
                "That is the sum over the valid steps. Only the last one is wanted.",
                lambda h, lengths: np.stack(
                    [a[:n].sum(axis=0) for a, n in zip(h, lengths, strict=True)]
                ),
            ),
        ),
    )
)


def mask(lengths, T):
    """True where a step is no padding, (B, T)."""
    return np.arange(T) < lengths[:, None]


def _mask_cases(rng):
    return [
        Case("three lengths", (np.array([2, 4, 1]), 4)),
        Case("B = T", (np.array([3, 1, 2]), 3)),
        Case("all full", (np.array([5, 5]), 5)),
        Case("an empty one", (np.array([0, 3, 6, 2]), 6)),
    ]


enter(
    Check(
        "shapes.mask",
        "13-three-libraries",
        mask,
        "lengths, T",
        ("mask",),
        _mask_cases,
        (
            mistake(
                "one_too_many",
                "One step of padding counts as valid: the steps are counted from 0, "
                "and the lengths from 1.",
                "np.arange(T) <",
                "np.arange(T) <=",
            ),
            mistake(
                "one_too_few",
                "The last valid step counts as padding.",
                "np.arange(T) <",
                "np.arange(T) + 1 <",
            ),
            mistake(
                "inverted",
                "True stands where there is padding. That is how PyTorch's attention "
                "layers mark what to ignore; here True marks what counts.",
                "np.arange(T) <",
                "np.arange(T) >=",
            ),
            mistake(
                "left_padded",
                "The valid steps stand at the end: that fits padding on the left.",
                "np.arange(T) <",
                "np.arange(T)[::-1] <",
            ),
            mistake(
                "transposed",
                "Batch and time are swapped: the mask is (T, B).",
                "np.arange(T) < lengths[:, None]",
                "np.arange(T)[:, None] < lengths",
            ),
        ),
    )
)


def parameters(library, kind, D, H):
    """How many numbers a layer of a library learns, with its defaults."""
    blocks = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind]
    biases = 2 if library == "torch" or kind == "GRU" else 1
    return blocks * (D * H + H * H + biases * H)


def _layers(rng):
    sizes = [(10, 32), (3, 4), (int(rng.integers(5, 60)), int(rng.integers(5, 60)))]
    return [
        Case(f"{kind} of {library}, D = {D}, H = {H}", (library, kind, D, H))
        for D, H in sizes
        for library in ("torch", "keras")
        for kind in ("RNN", "LSTM", "GRU")
    ]


enter(
    Check(
        "convert.parameters",
        "13-three-libraries",
        parameters,
        "library, kind, D, H",
        ("count",),
        _layers,
        (
            mistake(
                "biases_left_out",
                "The biases are missing. They are learned too.",
                " + biases * H)",
                ")",
            ),
            mistake(
                "one_bias_everywhere",
                "Each block was counted with one bias, in both libraries. PyTorch "
                "always keeps two, and so does the GRU of Keras.",
                "biases = 2 if",
                "biases = 1 if",
            ),
            mistake(
                "two_biases_everywhere",
                "Each block was counted with two biases, in both libraries. The RNN "
                "and the LSTM of Keras have one.",
                "else 1",
                "else 2",
            ),
            mistake(
                "one_bias_in_the_gru_of_keras",
                "Nearly: the GRU of Keras, with its defaults, has two biases, since it "
                "resets after the product.",
                ' or kind == "GRU"',
                "",
            ),
            mistake(
                "one_bias_in_torch",
                "PyTorch keeps two biases in each kind of layer, not in the GRU alone.",
                'library == "torch" or ',
                "",
            ),
            mistake(
                "blocks_of_the_lstm_everywhere",
                "Every layer was counted with four blocks. Those are the LSTM's; a "
                "plain RNN has one, a GRU three.",
                '{"RNN": 1, "LSTM": 4, "GRU": 3}[kind]',
                "4",
            ),
            mistake(
                "sizes_exchanged",
                "Inputs and units have changed places: squares and biases were "
                "counted by the number of inputs.",
                "D * H + H * H + biases * H",
                "D * H + D * D + biases * D",
            ),
            mistake(
                "square_of_both_sizes",
                "Inputs and state were put side by side, and a square matrix counted "
                "for each block. A block has one column, or row, for each unit only.",
                "D * H + H * H",
                "(D + H) ** 2",
            ),
            mistake(
                "two_biases_in_the_lstm_of_keras",
                "The LSTM of Keras was counted with two biases. It has one.",
                'kind == "GRU"',
                'kind != "RNN"',
            ),
            mistake(
                "two_biases_in_the_rnn_of_keras",
                "The plain RNN of Keras was counted with two biases. It has one.",
                'kind == "GRU"',
                'kind != "LSTM"',
            ),
            mistake(
                "one_bias_in_the_rnn_of_torch",
                "The plain RNN of PyTorch was counted with one bias. It keeps two, "
                "like the other kinds.",
                'library == "torch"',
                '(library == "torch" and kind == "LSTM")',
            ),
            mistake(
                "one_bias_in_the_lstm_of_torch",
                "The LSTM of PyTorch was counted with one bias. It keeps two, like the "
                "other kinds.",
                'library == "torch"',
                '(library == "torch" and kind == "RNN")',
            ),
            mistake(
                "biases_of_one_number",
                "Each bias was counted as a single number. It has one for each unit.",
                "biases * H",
                "biases",
            ),
            mistake(
                "gates_without_candidate",
                "Three blocks were counted for the LSTM and two for the GRU: those are "
                "the gates. The candidate has a block as well.",
                '"LSTM": 4, "GRU": 3',
                '"LSTM": 3, "GRU": 2',
            ),
            mistake(
                "lstm_and_gru_exchanged",
                "LSTM and GRU have changed places: it is the LSTM that has four "
                "blocks, and the GRU has three.",
                '"LSTM": 4, "GRU": 3',
                '"LSTM": 3, "GRU": 4',
            ),
            mistake(
                "state_matrix_as_vector",
                "The matrix for the state was counted as a vector of H numbers in each "
                "block. Every unit reads every other one.",
                "H * H",
                "H",
            ),
            mistake(
                "two_biases_in_one_layer_only",
                "Two biases were counted for the GRU of Keras, and one for everything "
                "else. PyTorch always keeps two.",
                'library == "torch" or kind == "GRU"',
                'library == "keras" and kind == "GRU"',
            ),
            mistake(
                "one_bias_in_the_gru_of_torch",
                "The GRU of PyTorch was counted with one bias. There, too, each block "
                "has two.",
                'library == "torch" or kind == "GRU"',
                '(library == "torch") != (kind == "GRU")',
            ),
            mistake(
                "square_of_inputs",
                "The matrices for the state were counted as squares of the number of "
                "inputs. They multiply the state, of H numbers.",
                "H * H",
                "D * D",
            ),
            mistake(
                "biases_of_inputs",
                "Each bias was counted with one number for each input. It has one for "
                "each unit, in both libraries.",
                "biases * H",
                "biases * D",
            ),
            mistake(
                "state_matrix_of_one_block",
                "The matrix for the state was counted for one block. Each block has "
                "its own.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + biases * H) + H * H",
            ),
            mistake(
                "state_matrices_missing",
                "The matrices that multiply the state are missing.",
                "D * H + H * H +",
                "D * H +",
            ),
            mistake(
                "input_matrices_missing",
                "The matrices that multiply the input are missing.",
                "D * H + H * H +",
                "H * H +",
            ),
            mistake(
                "biases_of_one_block",
                "The biases were counted for one block. Each block has its own.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + H * H) + biases * H",
            ),
            mistake(
                "libraries_exchanged",
                "The two libraries have changed places: it is PyTorch that keeps two "
                "biases in each kind of layer.",
                'library == "torch"',
                'library == "keras"',
            ),
            mistake(
                "two_blocks_in_the_gru",
                "Two blocks were counted for the GRU. Besides its two gates the "
                "candidate has a block.",
                '"GRU": 3',
                '"GRU": 2',
            ),
            mistake(
                "three_blocks_in_the_lstm",
                "Three blocks were counted for the LSTM. Besides its three gates the "
                "candidate has a block.",
                '"LSTM": 4',
                '"LSTM": 3',
            ),
            mistake(
                "four_blocks_in_the_gru",
                "Four blocks were counted for the GRU. It has three: two gates and the "
                "candidate.",
                '"GRU": 3',
                '"GRU": 4',
            ),
            mistake(
                "second_bias_of_one_block",
                "The second bias was counted for one block only. Each block has one.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + H * H + H) + (biases - 1) * H",
            ),
            mistake(
                "second_bias_of_one_block_in_torch",
                "The second bias of PyTorch was counted once for the layer, and that "
                "of the GRU of Keras not at all. Each block has its own.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + H * H + H) + H * (library == 'torch')",
            ),
            mistake(
                "third_bias_in_the_gru_of_torch",
                "The GRU of PyTorch was counted with three biases in each block: two "
                "because it is of PyTorch, and one because it is a GRU. It has two.",
                'biases = 2 if library == "torch" or kind == "GRU" else 1',
                "biases = 1 + (library == 'torch') + (kind == 'GRU')",
            ),
        ),
    )
)


def keras_order(a):
    """Blocks n, z, r of the last axis as z, r, n."""
    n, z, r = np.split(a, 3, axis=-1)
    return np.concatenate([z, r, n], axis=-1)


def _packed_threes(rng):
    return [
        Case("a bias", (rng.normal(size=6),)),
        Case("a matrix", (rng.normal(size=(2, 12)),)),
        Case("as many rows as columns", (rng.normal(size=(6, 6)),)),
        Case("two rows of biases", (rng.normal(size=(2, 9)),)),
    ]


enter(
    Check(
        "convert.keras_order",
        "13-three-libraries",
        keras_order,
        "a",
        ("reordered",),
        _packed_threes,
        (
            mistake(
                "nothing_done",
                "The blocks come back in the order in which they were given.",
                "[z, r, n]",
                "[n, z, r]",
            ),
            mistake(
                "order_of_torch",
                "This is the order of PyTorch, with the reset gate first.",
                "[z, r, n]",
                "[r, z, n]",
            ),
            mistake(
                "first_two_exchanged",
                "The first two blocks are exchanged. That would be right for arrays in "
                "the order of PyTorch; this one begins with the candidate.",
                "[z, r, n]",
                "[z, n, r]",
            ),
            mistake(
                "turned_the_wrong_way",
                "The blocks were moved round in the wrong direction: the last one "
                "came to the front.",
                "[z, r, n]",
                "[r, n, z]",
            ),
            mistake(
                "entries_reversed",
                "Single entries were reversed, not whole blocks.",
                "np.concatenate([z, r, n], axis=-1)",
                "a[..., ::-1]",
            ),
            mistake(
                "interleaved",
                "Every third entry was taken for a gate. The gates lie in three "
                "blocks, one after the other.",
                "n, z, r = np.split(a, 3, axis=-1)",
                "n, z, r = (a[..., k::3] for k in range(3))",
            ),
            mistake(
                "interleaved_and_back",
                "Single entries changed places in each group of three. The gates lie "
                "in three blocks, and a block is moved as a whole.",
                "np.concatenate([z, r, n], axis=-1)",
                "a.reshape(*a.shape[:-1], -1, 3)[..., [1, 2, 0]].reshape(a.shape)",
            ),
            mistake(
                "three_entries",
                "The order of the blocks was used to pick three single entries; the "
                "rest of the array is gone.",
                "np.concatenate([z, r, n], axis=-1)",
                "a[..., [1, 2, 0]]",
            ),
            mistake(
                "moved_by_one_entry",
                "All entries were moved by one place. They are moved by a whole block.",
                "np.concatenate([z, r, n], axis=-1)",
                "np.roll(a, -1, axis=-1)",
            ),
            mistake(
                "stacked_in_rows",
                "The blocks are in the right order, but were put below each other, so "
                "that a bias became a matrix.",
                "np.concatenate([z, r, n], axis=-1)",
                "np.vstack([z, r, n])",
            ),
            mistake(
                "stacked_last",
                "The blocks are in the right order, but were stacked along a new last "
                "axis. They lie one after the other, in as many axes as before.",
                "np.concatenate([z, r, n], axis=-1)",
                "np.stack([z, r, n], axis=-1)",
            ),
            mistake(
                "stacked_first",
                "The blocks are in the right order, but were stacked along a new first "
                "axis. They lie one after the other, in as many axes as before.",
                "np.concatenate([z, r, n], axis=-1)",
                "np.stack([z, r, n])",
            ),
            mistake(
                "woven",
                "The blocks are in the right order, but their entries alternate: one "
                "of each gate in turn. Each gate is a block of neighbouring entries.",
                "np.concatenate([z, r, n], axis=-1)",
                "np.stack([z, r, n], axis=-1).reshape(a.shape)",
            ),
            mistake(
                "rows_split",
                "The array was split along its first axis. The gates lie along the "
                "last one; for a bias both are the same, for a matrix not.",
                "np.split(a, 3, axis=-1)",
                "np.split(a, 3)",
            ),
            mistake(
                "put_below_each_other",
                "The blocks were split along the last axis and joined along the first, "
                "so that a matrix has another shape than before.",
                "[z, r, n], axis=-1",
                "[z, r, n], axis=0",
            ),
            mistake(
                "split_and_joined_along_rows",
                "The rows were reordered. A matrix holds its blocks side by side, in "
                "the columns.",
                "np.split(a, 3, axis=-1)",
                "np.split(a, 3)",
                "[z, r, n], axis=-1",
                "[z, r, n]",
            ),
            mistake(
                "last_two_exchanged",
                "The last two blocks are exchanged, and the candidate still comes "
                "first.",
                "[z, r, n]",
                "[n, r, z]",
            ),
            mistake(
                "transposed",
                "The blocks are in the right order, and a matrix comes out transposed. "
                "Its shape stays as it was.",
                lambda a: keras_order(a).T,
            ),
        ),
    )
)


def from_torch_lstm(weight_ih, weight_hh, bias_ih, bias_hh):
    """The weights of a PyTorch LSTM as those of this course."""
    return {"W_xh": weight_ih.T, "W_hh": weight_hh.T, "b_h": bias_ih + bias_hh}


def _torch_lstms(rng):
    sizes = (
        ("D below H", 2, 3),
        ("as many inputs as packed rows", 8, 2),
        ("D = H", 3, 3),
    )
    return [
        Case(
            label,
            tuple(
                rng.normal(size=shape)
                for shape in ((4 * H, D), (4 * H, H), (4 * H,), (4 * H,))
            ),
        )
        for label, D, H in sizes
    ]


def _in_blocks(a, order):
    return np.concatenate([np.split(a, 4, axis=-1)[k] for k in order], axis=-1)


def _moved(outputs, expected, names):
    """Whether these arrays have their four blocks in one order that is not theirs."""
    orders = list(itertools.permutations(range(4)))[1:]
    return any(
        all(np.allclose(outputs[n], _in_blocks(expected[n], o)) for n in names)
        for o in orders
    )


def _all_moved(case, outputs, expected):
    return _moved(outputs, expected, ("W_xh", "W_hh", "b_h"))


def _matrices_moved(case, outputs, expected):
    bias = np.allclose(outputs["b_h"], expected["b_h"])
    return bias and _moved(outputs, expected, ("W_xh", "W_hh"))


def _ordered(order, bias_order):
    def from_torch_lstm(weight_ih, weight_hh, bias_ih, bias_hh):
        return {
            "W_xh": _in_blocks(weight_ih.T, order),
            "W_hh": _in_blocks(weight_hh.T, order),
            "b_h": _in_blocks(bias_ih + bias_hh, bias_order),
        }

    return from_torch_lstm


enter(
    Check(
        "convert.from_torch_lstm",
        "13-three-libraries",
        from_torch_lstm,
        "weight_ih, weight_hh, bias_ih, bias_hh",
        ({"W_xh": "W_xh", "W_hh": "W_hh", "b_h": "b_h"}, ("W_xh", "W_hh", "b_h")),
        _torch_lstms,
        (
            mistake(
                "second_bias_forgotten",
                "The second bias is left out. Both are added to the same sum.",
                " + bias_hh",
                "",
            ),
            mistake(
                "first_bias_forgotten",
                "The first bias is left out. Both are added to the same sum.",
                "bias_ih + bias_hh",
                "bias_hh",
            ),
            mistake(
                "biases_averaged",
                "The biases were averaged. The layer adds them up.",
                "bias_ih + bias_hh",
                "(bias_ih + bias_hh) / 2",
            ),
            mistake(
                "reshaped",
                "The shapes are right and the numbers are not: a `reshape` keeps the "
                "order of the numbers in memory. A transposition changes it.",
                "weight_ih.T",
                "weight_ih.reshape(weight_ih.T.shape)",
                "weight_hh.T",
                "weight_hh.reshape(weight_hh.T.shape)",
            ),
            mistake(
                "candidate_and_output_exchanged",
                "The blocks of the candidate and of the output gate are exchanged. "
                "PyTorch has the order i, f, g, o, as this course.",
                "weight_ih.T",
                "weight_ih.reshape(4, -1, weight_ih.shape[1])[[0, 1, 3, 2]]"
                ".reshape(weight_ih.shape).T",
                "weight_hh.T",
                "weight_hh.reshape(4, -1, weight_hh.shape[1])[[0, 1, 3, 2]]"
                ".reshape(weight_hh.shape).T",
                "bias_ih + bias_hh",
                "(bias_ih + bias_hh).reshape(4, -1)[[0, 1, 3, 2]].ravel()",
            ),
            mistake(
                "not_transposed",
                "The matrices are as PyTorch stores them, a row for each gate's unit. "
                "Here inputs and states are rows that stand on the left, so the units "
                "lie in the columns.",
                "weight_ih.T",
                "weight_ih",
                "weight_hh.T",
                "weight_hh",
            ),
            mistake(
                "input_matrix_not_transposed",
                "`W_xh` is as PyTorch stores it; the other one is transposed.",
                "weight_ih.T",
                "weight_ih",
            ),
            mistake(
                "state_blocks_not_transposed",
                "The blocks of `W_hh` lie side by side, as they should, but each is "
                "still as PyTorch stores it. A block is square, so no shape complains.",
                "weight_hh.T",
                "np.concatenate(np.split(weight_hh, 4), axis=1)",
            ),
            mistake(
                "input_and_forget_exchanged",
                "The blocks of input gate and forget gate are exchanged. PyTorch "
                "begins with the input gate, as this course does.",
                "weight_ih.T",
                "weight_ih.reshape(4, -1, weight_ih.shape[1])[[1, 0, 2, "
                "3]].reshape(weight_ih.shape).T",
                "weight_hh.T",
                "weight_hh.reshape(4, -1, weight_hh.shape[1])[[1, 0, 2, "
                "3]].reshape(weight_hh.shape).T",
                "bias_ih + bias_hh",
                "(bias_ih + bias_hh).reshape(4, -1)[[1, 0, 2, 3]].ravel()",
            ),
            mistake(
                "biases_subtracted",
                "One bias was taken off the other. The layer adds both to the same "
                "sum.",
                "bias_ih + bias_hh",
                "bias_ih - bias_hh",
            ),
            mistake(
                "biases_multiplied",
                "The two biases were multiplied. The layer adds both to the same sum.",
                "bias_ih + bias_hh",
                "bias_ih * bias_hh",
            ),
            mistake(
                "first_bias_twice",
                "The first bias was counted twice, and the second left out.",
                "bias_ih + bias_hh",
                "2 * bias_ih",
            ),
            mistake(
                "second_bias_twice",
                "The second bias was counted twice, and the first left out.",
                "bias_ih + bias_hh",
                "2 * bias_hh",
            ),
            mistake(
                "blocks_in_another_order",
                "The four blocks stand in another order than before. PyTorch and this "
                "course have the same one, i, f, g, o.",
                _ordered((0, 2, 1, 3), (0, 2, 1, 3)),
                holds=_all_moved,
            ),
            mistake(
                "blocks_of_the_matrices_moved",
                "The bias is right, and the blocks of both matrices stand in another "
                "order than before. PyTorch and this course have the same one, i, f, "
                "g, o.",
                _ordered((0, 2, 1, 3), (0, 1, 2, 3)),
                holds=_matrices_moved,
            ),
            mistake(
                "biases_stacked",
                "The two biases became the two rows of a matrix. They are added to "
                "the same sum, and one vector has room for both.",
                "bias_ih + bias_hh",
                "np.stack([bias_ih, bias_hh])",
            ),
            mistake(
                "biases_as_columns",
                "The two biases became the two columns of a matrix. They are added to "
                "the same sum, and one vector has room for both.",
                "bias_ih + bias_hh",
                "np.stack([bias_ih, bias_hh], axis=1)",
            ),
            mistake(
                "state_matrix_not_transposed",
                "`W_hh` is as PyTorch stores it; it has to be transposed like the "
                "other one.",
                "weight_hh.T",
                "weight_hh",
            ),
            mistake(
                "biases_side_by_side",
                "The two biases were joined into one long array. They are added to "
                "the same sum, so they can be added to each other.",
                "bias_ih + bias_hh",
                "np.concatenate([bias_ih, bias_hh])",
            ),
            mistake(
                "matrices_exchanged",
                "The two matrices have changed places: `ih` leads from the input to "
                "the hidden state, `hh` from the hidden state to itself.",
                '{"W_xh": weight_ih.T, "W_hh": weight_hh.T,',
                '{"W_hh": weight_ih.T, "W_xh": weight_hh.T,',
            ),
        ),
    )
)


def reverse_padded(x, lengths):
    """Each row's real steps turned round, its padding left in place."""
    turned = x.copy()
    for b, n in enumerate(lengths):
        turned[b, :n] = x[b, :n][::-1]
    return turned


def _first_row_only(x, lengths):
    turned, n = x.copy(), lengths[0]
    turned[0, :n] = x[0, :n][::-1]
    return turned


def _padded_batches(rng):
    return [
        Case("two lengths", (rng.normal(size=(2, 5, 3)), np.array([5, 3]))),
        Case(
            "as many rows as steps",
            (rng.normal(size=(4, 4, 2)), np.array([1, 4, 2, 3])),
        ),
        Case("no padding", (rng.normal(size=(3, 4, 4)), np.array([4, 4, 4]))),
        Case("all shorter", (rng.normal(size=(3, 7, 2)), np.array([4, 2, 3]))),
    ]


enter(
    Check(
        "shapes.reverse_padded",
        "13-three-libraries",
        reverse_padded,
        "x, lengths",
        ("reversed",),
        _padded_batches,
        (
            mistake(
                "padding_turned_too",
                "The whole time axis is turned round, so the padding comes first and "
                "the network begins with it.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = x[b][::-1]",
            ),
            mistake(
                "longest_for_all",
                "Each row was turned as far as the longest goes, so shorter ones begin "
                "with padding.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, : max(lengths)] = x[b, : max(lengths)][::-1]",
            ),
            mistake(
                "first_step_stays",
                "The first step of each row stays where it was, and only those after "
                "it are turned round.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, 1:n] = x[b, 1:n][::-1]",
            ),
            mistake(
                "everything_turned",
                "All axes are turned round: rows, steps and features. Only the steps "
                "should be.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = x[len(x) - 1 - b, ::-1, ::-1]",
            ),
            mistake(
                "only_the_padding_turned",
                "The padding was turned round, and the real steps stand as they came.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, n:] = x[b, n:][::-1]",
            ),
            mistake(
                "rolled_by_the_length",
                "Each row was rolled, which keeps the order of its steps. They should "
                "come in reverse.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = np.roll(x[b], n, axis=0)",
            ),
            mistake(
                "one_too_far",
                "One step of padding is turned round with the real steps and comes "
                "first.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, : n + 1] = x[b, : n + 1][::-1]",
            ),
            mistake(
                "begins_one_late",
                "Read backwards, a row with padding begins one step behind its last "
                "real one: a step of padding comes first, and the first real step is "
                "lost.",
                "x[b, :n][::-1]",
                "x[b, n::-1][:n]",
            ),
            mistake(
                "slice_one_late",
                "The slice begins one step behind the last real one and stops before "
                "step 0, which is lost. A row with padding begins with padding, and "
                "one without has a step too few.",
                "x[b, :n][::-1]",
                "x[b, n:0:-1]",
            ),
            mistake(
                "index_one_late",
                "Every step is read from one place too late: a row with padding begins "
                "with padding and loses its first step, and in one without, the first "
                "place to read is behind the end.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, :n] = x[b, [n - t for t in range(n)]]",
            ),
            mistake(
                "right_aligned",
                "The steps are turned round and stand at the end of the row, with "
                "zeros in front. They begin at the first step.",
                "turned = x.copy()",
                "turned = np.zeros_like(x)",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, len(turned[b]) - n :] = x[b, :n][::-1]",
            ),
            mistake(
                "right_aligned_over_padding",
                "The steps are turned round and were written over the end of the row. "
                "They begin at the first step.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, len(turned[b]) - n :] = x[b, :n][::-1]",
            ),
            mistake(
                "features_turned_too",
                "The steps are turned round, and the features of each step are as "
                "well. A step stays as it is.",
                "x[b, :n][::-1]",
                "x[b, :n][::-1, ::-1]",
            ),
            mistake(
                "first_row_only",
                "Only the first row of the batch was turned.",
                _first_row_only,
            ),
            mistake(
                "one_short",
                "The last real step of each row stays where it was.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, : n - 1] = x[b, : n - 1][::-1]",
            ),
            mistake(
                "features_turned",
                "The features of each step are turned round, not the steps.",
                "x[b, :n][::-1]",
                "x[b, :n, ::-1]",
            ),
            mistake(
                "nothing_done",
                "The steps come back in the order in which they were given.",
                "[::-1]",
                "",
            ),
            mistake(
                "batch_turned",
                "The rows of the batch are turned round, not the steps of each.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = x[len(x) - 1 - b]",
            ),
            mistake(
                "padding_cleared",
                "The padding was set to zero. It should stay as it is.",
                "turned = x.copy()",
                "turned = np.zeros_like(x)",
            ),
            mistake(
                "padding_read_first",
                "Each row begins with its padding, read from the end: the whole row "
                "was turned and then cut.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, :n] = x[b, ::-1][:n]",
            ),
            mistake(
                "padding_filled",
                "The real steps are turned round, and the padding after them is as "
                "well. It should stay as it was.",
                lambda x, lengths: x[
                    np.arange(len(x))[:, None],
                    lengths[:, None] - 1 - np.arange(x.shape[1]),
                ],
            ),
            mistake(
                "shortest_for_all",
                "Each row was turned as far as the shortest goes.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, : min(lengths)] = x[b, : min(lengths)][::-1]",
            ),
            mistake(
                "time_for_features",
                "Steps and features have been taken for each other: the second axis is "
                "that of the steps.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, :, :n] = x[b, :, :n][:, ::-1]",
            ),
            mistake(
                "moved_to_the_end",
                "The steps are turned round and stand at the end of the row, behind "
                "the padding.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = np.concatenate([x[b, n:], x[b, :n][::-1]])",
            ),
            mistake(
                "overwritten",
                "The steps were written into the array from which they were read. The "
                "second half of each row was gone before its turn came.",
                "turned[b, :n] = x[b, :n][::-1]",
                "for t in range(n):\n            turned[b, t] = turned[b, n - 1 - t]",
            ),
            mistake(
                "whole_batch_each_time",
                "For each length the beginning of *all* rows was turned, one time "
                "after the other. Each row has its own length.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[:, :n] = turned[:, :n][:, ::-1].copy()",
            ),
            mistake(
                "whole_batch_turned",
                "For each length *all* rows were turned as far as that length goes, "
                "one after the other. A length belongs to its own row.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[:, :n] = x[:, :n][:, ::-1]",
            ),
        ),
    )
)

taught_in(
    {
        "shapes.last_valid": "What else differs",
        "shapes.mask": "What else differs",
        "convert.parameters": "The layout, library by library",
        "convert.keras_order": "The layout, library by library",
        "convert.from_torch_lstm": "The layout, library by library",
        "shapes.reverse_padded": "What else differs",
    }
)
