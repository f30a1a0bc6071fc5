# syntax=docker/dockerfile:1

# Both build stages run on the machine's own platform; only the published files are for another one.

# What browsers load: the portal's libraries and the widget, from the lock files.
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS browser
WORKDIR /src
COPY Portal/package.json Portal/package-lock.json Portal/
RUN npm ci --prefix Portal --no-audit --no-fund
COPY Widget/package.json Widget/package-lock.json Widget/
RUN npm ci --prefix Widget --no-audit --no-fund
COPY Portal Portal
COPY Widget Widget
RUN npm run build --prefix Portal
COPY wwwroot-widget wwwroot-widget
RUN npm run build --prefix Widget

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY Portal/Portal.csproj Portal/packages.lock.json Portal/
RUN dotnet restore Portal/Portal.csproj --locked-mode
COPY migrations migrations
COPY docs/n8n docs/n8n
COPY Portal Portal
COPY --from=browser /src/Portal/wwwroot Portal/wwwroot
COPY --from=browser /src/wwwroot-widget wwwroot-widget
ARG TARGETARCH
ARG VERSION=1.0.0-dev
RUN dotnet publish Portal/Portal.csproj -c Release --no-restore -a $TARGETARCH -p:Version=$VERSION -p:DebugType=none -o /app

# No shell and no package manager, but ICU and time zones, which the portal needs.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
COPY --from=browser /src/wwwroot-widget wwwroot-widget
ENV ASPNETCORE_ENVIRONMENT=Production \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_EnableDiagnostics=0
# A number, so that Kubernetes can see that it is not root.
USER 1654:1654
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "Portal.dll", "health"]
ENTRYPOINT ["dotnet", "Portal.dll"]
