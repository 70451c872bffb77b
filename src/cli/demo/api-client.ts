/** Calls the service over HTTP, as any client would. */
export class ApiClient {
  private token: string | null = null;

  constructor(private readonly base: string) {}

  async signIn(email: string, password: string): Promise<boolean> {
    const answer = await this.send('POST', '/v1/auth/login', { email, password });
    if (!answer.ok) return false;
    this.token = ((await answer.json()) as { token: string }).token;
    return true;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.call<Answer>('GET', path);
  }

  post<Answer>(path: string, body: unknown, idempotencyKey?: string): Promise<Answer> {
    return this.call<Answer>('POST', path, body, idempotencyKey);
  }

  private async call<Answer>(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    const answer = await this.send(method, path, body, key);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as Answer;
  }

  private send(method: string, path: string, body?: unknown, key?: string): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.token !== null) headers.Authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (key !== undefined) headers['Idempotency-Key'] = key;
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    return fetch(`${this.base}${path}`, init);
  }
}
