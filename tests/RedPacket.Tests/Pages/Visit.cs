using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace RedPacket.Tests.Pages;

/// <summary>
/// One browser window. It collects console errors and requests to other hosts, and fails at its end if there was any.
/// </summary>
internal sealed partial class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentQueue<string> _strangers = [];

    public Visit(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) => Complain(message.Type is "error" or "warning", message.Text, message.Location);
        page.PageError += (_, error) => Complain(true, error, page.Url);
        context.Request += (_, request) =>
        {
            if (!Uri.TryCreate(request.Url, UriKind.Absolute, out var asked) || asked.Scheme is "data" or "blob")
                return;
            if (asked.Authority != address.Authority)
                _strangers.Enqueue(request.Url);
        };
    }

    public IPage Page { get; }

    /// <summary>Console errors that this test expects. The browser logs every refused request.</summary>
    public Regex? Allowed { get; set; }

    /// <summary>An element by its data-test name.</summary>
    public ILocator this[string name] => Page.Locator($"[data-test='{name}']");

    public async Task Open(string path)
    {
        await Page.GotoAsync(path);
        await Page.Locator("main > *").First.WaitForAsync();
    }

    public Task<bool> FitsItsWindow() =>
        Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth");

    /// <summary>Goes to another page of the document that is open, as a click on a link does.</summary>
    public Task Go(string path) =>
        Page.EvaluateAsync("path => import('/assets/js/router.js').then(({ go }) => go(path))", path);

    /// <summary>Gives this browser an identity before its first page.</summary>
    public async Task SignIn(string name, bool asOperator = false)
    {
        var answer = await _context.APIRequest.PostAsync(
            "/demo/who", new APIRequestContextOptions { DataObject = new { userId = name, @operator = asOperator } });
        Assert.True(answer.Ok, await answer.TextAsync());
    }

    /// <summary>Chooses a name in the dialog of the header.</summary>
    public async Task Be(string name, bool asOperator = false)
    {
        await this["who"].ClickAsync();
        var dialog = Page.Locator("dialog");
        await dialog.Locator("[name=userId]").FillAsync(name);
        await dialog.Locator("[name=operator]").SetCheckedAsync(asOperator);
        await dialog.Locator("[data-test=who-choose]").ClickAsync();
        await dialog.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    /// <summary>On the page of the report: asks for a report until it has this verdict.</summary>
    public Task Recompute(string verdict) => Eventually.Holds(async () =>
    {
        await this["compute"].ClickAsync();
        return await this["verdict"].First.GetAttributeAsync("data-verdict") == verdict;
    }, what: $"the report says {verdict}");

    /// <summary>Sends a packet by the page, which then shows it. Returns its id.</summary>
    public async Task<string> Send(string amount, int count, string greeting = "")
    {
        await (Page.Url.StartsWith("http", StringComparison.Ordinal) ? Go("/send") : Open("/send"));
        await Page.Locator("[name=amount]").FillAsync(amount);
        await Page.Locator("[name=count]").FillAsync(count.ToString(CultureInfo.InvariantCulture));
        await Page.Locator("[name=greeting]").FillAsync(greeting);
        await this["send"].ClickAsync();
        await this["envelope"].WaitForAsync();
        return Page.Url[(Page.Url.LastIndexOf('/') + 1)..];
    }

    /// <summary>The first integer in an element's text, without separators.</summary>
    public async Task<long> Number(string name)
    {
        var text = ((await this[name].TextContentAsync()) ?? "").Replace(",", "", StringComparison.Ordinal);
        return Digits().Match(text) is { Success: true } found ? long.Parse(found.Value, CultureInfo.InvariantCulture) : -1;
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.True(_complaints.IsEmpty, $"The console has: {string.Join('\n', _complaints)}");
        Assert.True(_strangers.IsEmpty, $"Other hosts were asked: {string.Join('\n', _strangers)}");
    }

    private void Complain(bool serious, string text, string where)
    {
        if (serious && Allowed?.IsMatch(text) != true)
            _complaints.Enqueue($"{text} {where}");
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
