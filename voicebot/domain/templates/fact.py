"""A fact of a template as a question and its answer. The model still gets both as plain sentences."""

QUESTION_ENDS = "?"


def fact_of(question: str, answer: str) -> str:
    """Return the fact that answers a question; without a question the answer stands alone."""
    question, answer = " ".join(question.split()), answer.strip()
    if not question or not answer:
        return answer
    return f"{question if question.endswith(QUESTION_ENDS) else question + QUESTION_ENDS} {answer}"


def question_and_answer(fact: str) -> tuple[str, str]:
    """Return the question that a fact begins with, blank where there is none, and its answer."""
    head, mark, answer = fact.partition(QUESTION_ENDS + " ")
    # A question is one sentence at the beginning: a fact that only has a question in it stays whole.
    if not mark or not answer.strip() or any(end in head for end in (". ", "! ", "\n")):
        return "", fact
    return head + QUESTION_ENDS, answer.strip()
