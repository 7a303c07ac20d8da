from uuid import uuid4
from tests.browser.test_inbox import escalated
from tests.browser.test_console import a_call
from tests.house import NUMBER
from voicebot.domain.access.api_key import hash_of

def test_shots(running_house, browser):
    h = running_house
    code = uuid4().hex
    h.rows("select public.make_console_link(%s)", hash_of(code))
    one = escalated(h, "I was charged twice for the same repair, and nobody calls back. I want to talk to a person about my refund.")
    number = h.rows("select phone_number from public.inbox_items where id = %s", one)[0]["phone_number"]
    h.rows("select public.queue_text(%s, %s, 'sms', 'We are open from nine to five.', 'conversation', null, 'bot')", number, NUMBER)
    h.rows("update public.sms_history set status='delivered', outbox_state='sent', created_at = now() - interval '1 h' where phone_number=%s and direction='outbound'", number)
    m = h.rows("select id from public.sms_history where phone_number=%s and direction='inbound'", number)[0]["id"]
    h.rows("""select private.note_decision(%s::uuid, %s, '{"decision":"escalate","confidence":1,"reason":"The person asked for a human.","rule":"human_requested","knew":{"texts":[1,2,3],"verified":false,"onboarding":"completed","person":"Their number is verified. Name: Ruth."}}'::jsonb)""", one, m)
    h.rows("""insert into public.call_history (phone_number, call_sid, direction, call_status, started_at, answered_at, ended_at, duration, summary)
       values (%s, %s, 'inbound', 'completed', now() - interval '2 h', now() - interval '2 h', now(), 65, 'Asked about the double charge; the bot promised a call back.')""", number, "CA"+uuid4().hex)
    for i, words in enumerate(("Is my bike ready?", "Danke!", "Can I come on Sunday with my old bicycle and the broken lamp?")):
        h.rows("select public.message_received(%s, 'sms', %s, %s, %s)", f"SM{uuid4().hex}", f"+1202555{uuid4().int % 10_000:04d}", NUMBER, words)
    c = h.rows("""insert into public.call_history (phone_number, call_sid, direction, call_status, started_at, to_number, from_number, ended_at)
       values ('+12025550166', %s, 'inbound', 'completed', now() - interval '3 h', '+12025550100','+12025550166', now()) returning id""", "CA"+uuid4().hex)[0]["id"]
    h.rows("select public.escalate_call(%s, 'm1', 'call_back', 'Please call me about the wheel.', '+12025550167', 'tomorrow after six')", c)
    h.rows("select public.note_inbox_item(%s::uuid, 'Charged on the 3rd and the 4th; the bank sees both.')", one)
    h.rows("select public.reply_in_inbox(%s::uuid, 'I looked it up: you get 40 dollars back today.')", one)
    h.rows("select public.reply_in_inbox(%s::uuid, 'Did the refund arrive?', null, null, now() + interval '1 day')", one)
    h.rows("select public.message_received(%s, 'sms', %s, %s, 'Thank you! When will it be there?')", f"SM{uuid4().hex}", number, NUMBER)
    for width in (360, 1400):
        for scheme in ("light", "dark"):
            ctx = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page = ctx.new_page()
            code = uuid4().hex
            h.rows("select public.make_console_link(%s)", hash_of(code))
            page.goto(f"{h.url}/console/link?code={code}"); page.keyboard.press("Enter"); page.wait_for_selector("h1:has-text('Now')")
            for name, path in (("now", ""), ("list", "/threads"), ("thread", f"/threads/{one}"), ("mine", "/threads?show=mine")):
                page.goto(f"{h.url}/console{path}")
                if name == "thread" : page.locator("details.why summary").first.click()
                page.screenshot(path=f"/tmp/shots_inbox/{name}-{width}-{scheme}.png", full_page=True)
            ctx.close()
