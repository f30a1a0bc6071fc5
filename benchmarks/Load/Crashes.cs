namespace Load;

internal sealed class Crashes(Rig rig, Options options, Report report)
{
    public Task RunAsync() { _ = (rig, options, report); return Task.CompletedTask; }
}
