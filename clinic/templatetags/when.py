from django import template

from clinic.showing import when

register = template.Library()
register.filter("when", when)
