"""Calls by the text that both SDKs take, and what a wire recorder answers to them."""

from reference_server import message

__all__ = ["CALLS", "answers"]

CALLS = [
    "client.auth.get_api_key_info()",
    "client.chat.create('grok-4', messages=[chat.system('Be short.'), chat.user('Hello')]).sample()",
    "client.chat.create('grok-4', messages=[chat.user('Hello')]).sample_batch(2)",
    "list(client.chat.create('grok-4', messages=[chat.user('Hello')]).stream())",
    "list(client.chat.create('grok-4', messages=[chat.user('Hello')]).stream_batch(3))",
    "client.chat.create('grok-4', messages=[chat.user('Hello')], conversation_id='c-1').sample()",
    "client.chat.create('grok-4').append(chat.user('a')).append(chat.assistant('b')).append(chat.user('c')).sample()",
    "client.chat.create('grok-4', messages=[chat.user('See', chat.image('https://a.b/c', detail='high'))]).sample()",
    "client.chat.create('grok-4', messages=[chat.user('Read', chat.file('file-1'))]).sample()",
    "client.chat.create('grok-4', messages=[chat.user('x'), chat.tool_result('42')]).sample()",
    "client.chat.create('grok-4', user='u', max_tokens=0, seed=7, stop=['a', 'b'], temperature=0.0, top_p=0.5,"
    " logprobs=True, top_logprobs=3, parallel_tool_calls=False, response_format='json_object',"
    " frequency_penalty=0.25, presence_penalty=-0.5, reasoning_effort='high', store_messages=True,"
    " previous_response_id='r', use_encrypted_content=True).append(chat.user('x')).sample()",
    "client.chat.create('grok-4', tools=[chat.tool('f', 'does it', {'type': 'object', 'properties': {}})],"
    " tool_choice='required').append(chat.user('x')).sample()",
    "client.chat.create('grok-4', tools=[chat.tool('f', 'd', {})],"
    " tool_choice=chat.required_tool('f')).append(chat.user('x')).sample()",
    "client.chat.create('grok-4', search_parameters=search.SearchParameters(mode='on', max_search_results=3,"
    " sources=[search.web_source(country='CH', allowed_websites=['a.ch']), search.news_source(safe_search=False),"
    " search.x_source(included_x_handles=['xai'], post_view_count=3), search.rss_source(['https://a.b/f.xml'])]))"
    ".append(chat.user('x')).sample()",
    "client.chat.create('grok-4', tools=[tools.web_search(allowed_domains=['a.b']), tools.x_search(),"
    " tools.code_execution(), tools.collections_search(['c'], limit=3),"
    " tools.mcp('https://mcp.example.com', server_label='m', authorization='Bearer t', extra_headers={'a': '1'})])"
    ".append(chat.user('x')).sample()",
    "client.chat.get_stored_completion('r')",
    "client.chat.delete_stored_completion('r')",
    "client.collections.create('c', model_name='m')",
    "client.collections.list(limit=3, order='desc', sort_by='age', pagination_token='t')",
    "client.collections.get('c')",
    "client.collections.update('c', name='n')",
    "client.collections.delete('c')",
    "client.collections.search('q', ['c', 'd'], limit=2)",
    "client.collections.upload_document('c', 'n', b'data', 'text/plain', fields={'a': '1'})",
    "client.collections.add_existing_document('c', 'f', fields={'b': '2'})",
    "client.collections.list_documents('c', limit=2, order='asc', sort_by='size')",
    "client.collections.get_document('f', 'c')",
    "client.collections.batch_get_documents('c', ['f', 'g'])",
    "client.collections.remove_document('c', 'f')",
    "client.collections.update_document('c', 'f', name='n', data=b'd', content_type='text/plain', fields={'a': '1'})",
    "client.collections.reindex_document('c', 'f')",
    "client.files.upload(b'x' * 7_000_000, filename='seven.bin')",
    "client.files.list(limit=3, order='asc', sort_by='size', pagination_token='t')",
    "client.files.get('f')",
    "client.files.content('f')",
    "client.files.delete('f')",
    "client.image.sample('a cat', 'grok-2-image')",
    "client.image.sample_batch('a cat', 'grok-2-image', 2, user='u', image_format='url')",
    "client.models.list_language_models()",
    "client.models.get_language_model('m')",
    "client.models.list_embedding_models()",
    "client.models.get_embedding_model('m')",
    "client.models.list_image_generation_models()",
    "client.models.get_image_generation_model('m')",
    "client.tokenize.tokenize_text('Hello', 'grok-4')",
    "await client.chat.create('grok-4', messages=[chat.user('Hello')]).sample()",
    "[each async for each in client.chat.create('grok-4', messages=[chat.user('Hello')]).stream()]",
    "await client.files.upload(b'content', filename='a.txt')",
    "await client.models.list_language_models()",
    "await client.collections.list()",
]


def answers(path):
    """What the recorder answers: enough that the official client is content."""
    if path.endswith(("/GetCompletion", "/GetStoredCompletion")):
        response = message("xai_api.GetChatCompletionResponse")(id="r")
        for index in range(2):
            output = response.outputs.add(index=index)
            output.message.role, output.message.content = 2, "Hi"
        return [response.SerializeToString()]
    if path.endswith("/GetCompletionChunk"):
        chunk = message("xai_api.GetChatCompletionChunk")(id="r")
        for index in range(3):
            output = chunk.outputs.add(index=index)
            output.delta.role, output.delta.content = 2, "Hi"
        return [chunk.SerializeToString()]
    if path.endswith("/GenerateImage"):
        response = message("xai_api.ImageResponse")()
        for _ in range(2):
            response.images.add(url="https://a.b/c.jpg")
        return [response.SerializeToString()]
    return [b""]
