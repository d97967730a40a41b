"""The model card of a recurrent network over frames says what its files say."""

from fer_core.reporting.model_card import card_of
from fer_core.runs.store import get_run
from tests.builders import make_clips_table, make_run, make_temporal, with_config


def test_it_bears_its_folders_name_its_own_epochs_and_what_its_network_began_with(tmp_path):
    network = make_run(tmp_path, "fake")
    train = network.config.train.model_copy
    with_config(network, train=train(update={"model": "efficientnetlite0"}))
    run = make_temporal(tmp_path, "mine")  # three epochs
    with_config(run, train=train(update={"epochs": 50, "features_of": "fake"}), run_id="before")
    make_clips_table(run)

    card = card_of(get_run("mine", tmp_path))

    assert card.startswith("# Model card: mine\n")
    assert "fer_core card mine`" in card
    assert ", 3 epochs, of which" in card
    assert "through the runs that it was made from: ImageNet." in card
    assert "a run that it was made from, started from the weights of" in card
