"""The recipes as a page."""

import config
from tests.views.reading import read


def test_every_recipe_is_shown_with_what_it_runs(sign_in):
    answer = sign_in("viewer").get("/recipes")

    page = read(answer)
    for name, recipe in config.RECIPES.items():
        shown = page.one(id=f"recipe-{name}").text
        assert recipe["label"]["en"] in shown
        assert recipe["transformation"] in shown
        assert all(step in shown for step in recipe.get("next_steps", []))


def test_what_a_task_with_a_parent_runs_is_shown_too(sign_in):
    shown = read(sign_in("viewer").get("/recipes")).one(id="recipe-SIMULATION").text

    assert "--macro=SimuQslPy8.C" in shown
    assert "--step=transport" in shown


def test_the_page_of_a_task_leads_to_its_recipe(sign_in, make_task):
    browser = sign_in("physicist")
    task = make_task("draft", creator=browser.user)

    assert 'href="/recipes#recipe-SIMULATION"' in browser.get(f"/tasks/{task.id}").text
